/** The bridge's functions, for the web APIs: their modules are evaluated before the bridge hands its functions over. */
import type { PlatformFunctions } from "./natives.js";

let given: PlatformFunctions | undefined;

export function setPlatform(functions: PlatformFunctions): void {
  given = functions;
}

/** To be called when an API is used, not when its module is evaluated. */
export function platform(): PlatformFunctions {
  return given!;
}
