/** What parts of the web APIs give services besides: they are evaluated before the bridge hands its functions over. */
import type { EngineServices } from "../../abi/port.js";
import type { PlatformFunctions } from "./natives.js";

type Services = (natives: PlatformFunctions) => Partial<EngineServices>;

export let partServices: Services | undefined;

export function setPartServices(services: Services): void {
  partServices = services;
}
