/** What services that read signed tokens call of an engine, for policies that run as plain JavaScript. */
import { chunks } from "../../../abi/base64-methods.js";
import type { JwsFunctions } from "../../../abi/port.js";
import { base64Codec } from "../base64.js";
import { importSignatureKey } from "./signature-keys.js";
import { objectOf } from "./strict-json.js";

export const jwsFunctions: JwsFunctions = {
  split(token) {
    const [header = "", claims = "", last = "", ...more] = token.split(".");
    const signature = bytesOf(last);
    const payload = signature && bytesOf(claims);
    return header === "" || payload === undefined || more.length > 0 || !token.includes(".", header.length + 1)
      ? undefined
      : bytesOf(header) && [header, `${header}.${claims}`, payload, signature!];
  },

  parse(part) {
    const bytes = typeof part === "string" ? bytesOf(part) : part;
    return bytes && objectOf(bytes);
  },

  decode: (base64) => base64Codec.decodeBase64(base64, false, chunks.indexOf("strict")),

  importKey: importSignatureKey,
};

/** Base64url without padding, line ends, and bits that stand for nothing: one text only for the same bytes. */
function bytesOf(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? new Uint8Array(bytes) : undefined;
}
