/** ECDSA (FIPS 186-4, section 6) for `subtle`, by the host. */
import { addAlgorithm } from "./algorithms.js";
import { type CryptoKey, keyFor } from "./crypto-key.js";
import { derParts } from "./der.js";
import { type EcMaterial, exportEcKey, importEcKey } from "./ec-keys.js";
import { hashMember } from "./hashes.js";
import { hostSigns, hostVerifies } from "./host-signatures.js";

/** Put in when the prelude is bundled: false where services alone verify; see build-prelude.ts. */
declare const HAS_SUBTLE: boolean;

addAlgorithm("ECDSA", {
  importKey: (data, params, extractable, usages) => importEcKey("ECDSA", data, params, extractable, usages),
  verify(params, key, signature, data) {
    const hash = hashMember(params);
    const { curve, der } = keyFor(key, "ECDSA", "verify").material as EcMaterial;
    return signature.length === 2 * curve.bytes && hostVerifies(der, hash, signature, data, curve.bytes);
  },

  ...(HAS_SUBTLE && {
    exportKey: exportEcKey,

    sign(params: object, key: CryptoKey, data: Uint8Array) {
      const hash = hashMember(params);
      const { curve, der } = keyFor(key, "ECDSA", "sign").material as EcMaterial;
      return rawSignature(hostSigns(der, hash, data), curve.bytes);
    },
  }),
});

/** The web has r and s one behind the other, hosts Ecdsa-Sig-Value (RFC 3279, section 2.2.3). */
function rawSignature(der: Uint8Array, size: number): Uint8Array {
  const [r, s] = derParts("(0ii)", der) as [r: Uint8Array, s: Uint8Array];
  const raw = new Uint8Array(2 * size);
  raw.set(r, size - r.length);
  raw.set(s, 2 * size - s.length);
  return raw;
}
