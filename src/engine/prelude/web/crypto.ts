/** `crypto` of Web Cryptography: random values. A policy that mentions `subtle` also gets that; see subtle/subtle-crypto.ts. */
import { defineGlobals, nameClass } from "../globals.js";
import { fillWithRandom } from "../random.js";
import { viewBytes } from "./buffer-source.js";
import { brandChecked, required } from "./web-idl.js";

const MOST_BYTES = 65_536;

class Crypto {
  getRandomValues<View extends ArrayBufferView>(...args: [view: View]): View {
    brandChecked(this, Crypto);
    const [view] = required(args, 1, "getRandomValues()");
    if (
      !ArrayBuffer.isView(view) ||
      view instanceof DataView ||
      view instanceof Float32Array ||
      view instanceof Float64Array
    ) {
      throw new DOMException("getRandomValues(): expected a typed array of integers.", "TypeMismatchError");
    }
    if (view.byteLength > MOST_BYTES) {
      throw new DOMException(
        `getRandomValues(): at most ${MOST_BYTES} bytes, got ${view.byteLength}.`,
        "QuotaExceededError",
      );
    }
    fillWithRandom(viewBytes(view), "crypto.getRandomValues()");
    return view;
  }

  /** RFC 9562, section 5.4. */
  randomUUID(): string {
    brandChecked(this, Crypto);
    const bytes = new Uint8Array(16);
    fillWithRandom(bytes, "crypto.randomUUID()");
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }
}

nameClass(Crypto, "Crypto");
export const crypto = new Crypto();
defineGlobals({ crypto });
