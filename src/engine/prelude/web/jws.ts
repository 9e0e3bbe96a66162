/** What services that read signed tokens call: see `JwsFunctions`. Of `subtle` there are the algorithms that the policy names, without promises. */
import type { SignatureKey } from "../../../abi/port.js";
import { setPartServices } from "../part-services.js";
import { platform } from "../platform.js";
import { viewBytes } from "./buffer-source.js";
import { operationOf } from "./subtle/algorithms.js";
import { jwkFrom } from "./subtle/jwk.js";

setPartServices(({ splitToken, parseTokenPart }) => ({
  jwsFunctions: { split: splitToken, parse: parseTokenPart, importKey },
}));

function importKey(format: "raw" | "spki" | "jwk", data: unknown, parameters: object): SignatureKey {
  const { run, params } = operationOf("importKey", parameters);
  const given = format === "jwk" ? { format, jwk: jwkFrom(data) } : { format, bytes: viewBytes(data).slice() };
  const key = run(given, params, false, ["verify"]);
  const { run: verify } = operationOf("verify", parameters);
  const { encodeUtf8 } = platform();
  return {
    verify: (signature, signed) => verify(params, key, signature, encodeUtf8(signed)),
    algorithm: key.algorithm,
  };
}
