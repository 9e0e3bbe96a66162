/** `Uint8Array.fromBase64()` and `toBase64()`, by the bridge. */
import { addBase64Methods } from "../../../abi/base64-methods.js";
import { platform } from "../platform.js";

addBase64Methods(platform);
