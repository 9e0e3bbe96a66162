/** The parts of the prelude that bring web APIs: files in `prelude/web/`, and the names in a policy's bundle that call for them. */
import type { Hostcalls } from "../abi/port.js";

export interface WebApiPart {
  /** undefined: what the kit calls of the bridge alone. */
  readonly file?: string;
  /** Any of them calls for it … */
  readonly names: readonly string[];
  /** … where any of these is there as well. */
  readonly where?: readonly string[];
  /** What it calls of the host. */
  readonly hostcalls?: readonly (keyof Hostcalls)[];
  /** What it calls of the functions in C that a module may lack; see dropped-functions.ts. */
  readonly natives?: readonly string[];
}

const subtle = ["subtle", "CryptoKey"];
const base64 = ["decodeBase64", "encodeBase64"];
const jws = ["jwsFunctions"];
const verifying = [...subtle, ...jws];
const der = ["readDer", "writeDer"];
const byHost = { hostcalls: ["callForeignFunction"], natives: ["verifySignature", ...der] } as const;

export const webApiParts: readonly WebApiPart[] = [
  { file: "text-coding", names: ["TextEncoder", "TextDecoder"] },
  { file: "base64", names: ["fromBase64", "toBase64"], natives: base64 },
  { file: "performance", names: ["performance"] },
  { file: "headers", names: ["Headers"] },
  { file: "structured-clone", names: ["structuredClone"] },
  { file: "url-search-params", names: ["URLSearchParams"] },
  { file: "url", names: ["URL"] },
  { file: "crypto", names: ["crypto"] },
  { file: "subtle/subtle-crypto", names: subtle, natives: ["digest", ...base64] },
  { names: ["sha256Blocks"], natives: ["sha256Blocks"] },
  { file: "jws", names: jws, natives: ["splitToken", "parseTokenPart", "decodeBase64"] },
  { file: "subtle/hmac", names: ["HMAC"], where: verifying, natives: ["digest"] },
  { file: "subtle/hkdf", names: ["HKDF"], where: subtle },
  { file: "subtle/pbkdf2", names: ["PBKDF2"], where: subtle, natives: ["pbkdf2"] },
  { file: "subtle/aes-gcm", names: ["AES-GCM"], where: subtle, natives: ["aesGcm"] },
  { file: "subtle/rsassa", names: ["RSASSA-PKCS1-v1_5"], where: verifying, ...byHost },
  { file: "subtle/rsa-pss", names: ["RSA-PSS"], where: verifying, natives: ["digest", ...der] },
  { file: "subtle/ed25519", names: ["Ed25519"], where: verifying, natives: ["digest", "ed25519", ...der] },
  { file: "subtle/ecdsa", names: ["ECDSA"], where: verifying, ...byHost },
];

/** The names of algorithms are compared without regard to case, by the standard: these are the ones, by their upper case. */
export const algorithmNames: ReadonlyMap<string, string> = new Map(
  webApiParts
    .filter(({ where }) => where !== undefined)
    .flatMap(({ names }) => names.map((name) => [name.toUpperCase(), name])),
);
