/** RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2) for `subtle`, by the host. */
import { addAlgorithm, type KeyFormat } from "./algorithms.js";
import { type CryptoKey, type Key, keyFor } from "./crypto-key.js";
import { hostSigns, hostVerifies } from "./host-signatures.js";
import { exportRsaKey, importRsaKey, type RsaKind, type RsaMaterial } from "./rsa-keys.js";

/** Put in when the prelude is bundled: false where services alone verify; see build-prelude.ts. */
declare const HAS_SUBTLE: boolean;

const kind: RsaKind = {
  name: "RSASSA-PKCS1-v1_5",
  jwkNames: { "SHA-1": "RS1", "SHA-256": "RS256", "SHA-384": "RS384", "SHA-512": "RS512" },
};

addAlgorithm(kind.name, {
  importKey: (data, params, extractable, usages) => importRsaKey(kind, data, params, extractable, usages),
  verify(_params, key, signature, data) {
    const { material, algorithm } = keyFor(key, kind.name, "verify");
    return hostVerifies((material as RsaMaterial).der, algorithm.hash!.name, signature, data);
  },

  ...(HAS_SUBTLE && {
    exportKey: (format: KeyFormat, key: Key) => exportRsaKey(kind, format, key),

    sign(_params: object, key: CryptoKey, data: Uint8Array) {
      const { material, algorithm } = keyFor(key, kind.name, "sign");
      return hostSigns((material as RsaMaterial).der, algorithm.hash!.name, data);
    },
  }),
});
