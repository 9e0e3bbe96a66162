/**
 * `Uint8Array.fromBase64()` and `toBase64()` for policies that run as plain JavaScript, where this process's language has none: Node
 * before 25. They are the whole process's, since its arrays are those of the policies.
 */
import { addBase64Methods, type Base64Codec, chunks } from "../../abi/base64-methods.js";

const spaces = /[\t\n\f\r ]+/g;
const plain = /^([A-Za-z0-9+/]*)(=*)$/;
const forUrls = /^([\w-]*)(=*)$/;

export const base64Codec: Base64Codec = {
  decodeBase64(text, url, chunk) {
    const found = (url ? forUrls : plain).exec(text.replace(spaces, ""));
    if (found === null) {
      return undefined;
    }
    const [, body = "", padding = ""] = found;
    const rest = body.length % 4;
    const [stops, strict] = [chunks[chunk] === "stop-before-partial", chunks[chunk] === "strict"];
    const isPartial = rest > 0 && padding.length < 4 - rest;
    const isPadded = rest >= 2 && (padding.length === 4 - rest || (isPartial && stops));
    if (padding === "" ? (isPartial && strict) || (rest === 1 && !stops) : !isPadded) {
      return undefined;
    }
    const bytes = Buffer.from(stops && isPartial ? body.slice(0, -rest) : body, url ? "base64url" : "base64");
    // Bits that belong to no byte.
    if (strict && bytes.toString(url ? "base64url" : "base64").replace(/=+$/, "") !== body) {
      return undefined;
    }
    return new Uint8Array(bytes);
  },

  encodeBase64(bytes, url, omitPadding) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(url ? "base64url" : "base64");
    const bare = text.replace(/=+$/, "");
    return omitPadding ? bare : bare.padEnd(Math.ceil(bare.length / 4) * 4, "=");
  },
};

addBase64Methods(() => base64Codec);
