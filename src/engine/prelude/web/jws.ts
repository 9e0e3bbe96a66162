/** What services that read signed tokens call: see `JwsFunctions`. Of `subtle` there are the algorithms that the policy names, without promises. */
import type { SignatureKey } from "../../../abi/port.js";
import { setPartServices } from "../part-services.js";
import { platform } from "../platform.js";
import { algorithmNamed } from "./subtle/algorithms.js";
import type { JsonWebKey } from "./subtle/jwk.js";

const STRICT = 1;

setPartServices(({ splitToken, parseTokenPart, decodeBase64 }) => ({
  jwsFunctions: {
    split: splitToken,
    parse: parseTokenPart,
    decode: (base64) => decodeBase64(base64, false, STRICT),
    importKey,
  },
}));

function importKey(format: "raw" | "spki" | "jwk", data: unknown, parameters: { readonly name: string }): SignatureKey {
  // Services name the algorithms that they come with, and give what is of its type.
  const algorithm = algorithmNamed(parameters.name)!;
  const given =
    format === "jwk" ? { format, jwk: data as JsonWebKey } : { format, bytes: (data as Uint8Array).slice() };
  const key = algorithm.importKey!(given, parameters, false, ["verify"]);
  const { encodeUtf8 } = platform();
  return { verify: (signature, signed) => algorithm.verify!(parameters, key, signature, encodeUtf8(signed)) };
}
