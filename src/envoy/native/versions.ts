/** Which Envoys have the interface for dynamic modules that `libsluice` is made for. */
import { SluiceError } from "../../errors.js";

/** Minor versions, from the oldest to the newest. */
const supported = ["1.38", "1.39", "1.40"];

/** In words. */
export const nativeVersions = `${supported[0]} to ${supported.at(-1)}`;

/**
 * @param version as Envoy says it, such as `1.40.0`
 * @throws SluiceError `ENVOY_VERSION`
 */
export function assertNativeVersion(version: string, binary: string): void {
  if (!supported.includes(version.split(".", 2).join("."))) {
    throw new SluiceError(
      "ENVOY_VERSION",
      `${binary}: expected Envoy ${nativeVersions}, which libsluice is made for, got ${version}: take one of these, or --engine envoy.`,
    );
  }
}
