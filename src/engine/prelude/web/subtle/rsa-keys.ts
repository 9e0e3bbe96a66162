/** Keys of RSA: RFC 8017 (appendix A.1), as SubjectPublicKeyInfo, PKCS #8 and JWK (RFC 7518, section 6.3). */
import { platform } from "../../platform.js";
import type { KeyData, KeyFormat } from "./algorithms.js";
import { dataError, notSupported } from "./crypto-errors.js";
import { type CryptoKey, checkType, checkUsages, type Key, type KeyUsage, makeKey } from "./crypto-key.js";
import { derParts, pkcs8Shape, spkiShape } from "./der.js";
import type { HashName } from "./hash-names.js";
import { hashMember } from "./hashes.js";
import { checkJwk, type JsonWebKey, jwkBytes, jwkOf } from "./jwk.js";

/** Put in when the prelude is bundled: false where services alone verify; see build-prelude.ts. */
declare const HAS_SUBTLE: boolean;

/** rsaEncryption, and NULL (RFC 3279, section 2.3.1). */
const rsaEncryption = "=\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\0";
const publicShape = spkiShape(rsaEncryption, "(0ii)");
/** RSAPrivateKey of version 0. */
const privateShape = HAS_SUBTLE ? pkcs8Shape(rsaEncryption, "=\x03\x02\x01\0iiiiiiii") : "";

const publicMembers = ["n", "e"] as const;
/** In the order of RSAPrivateKey. */
const privateMembers = ["n", "e", "d", "p", "q", "dp", "dq", "qi"] as const;

/** Shorter ones are broken (NIST SP 800-131A); longer ones hosts do not take. */
const LEAST_BITS = 2048;
const MOST_BITS = 8192;
/** BoringSSL takes none that is longer. */
const MOST_EXPONENT_BYTES = 4;

type Integers = Readonly<Partial<Record<(typeof privateMembers)[number], Uint8Array>>>;

export interface RsaMaterial {
  /** Big-endian, without zeros in front. */
  readonly integers: Integers;
  /** SubjectPublicKeyInfo, or PKCS #8. */
  readonly der: Uint8Array;
}

export interface RsaKind {
  readonly name: string;
  /** `alg` of JWKs (RFC 7518, section 3.1). */
  readonly jwkNames: Readonly<Record<HashName, string>>;
}

export function importRsaKey(
  { name, jwkNames }: RsaKind,
  data: KeyData,
  params: { readonly hash?: unknown },
  extractable: boolean,
  usages: readonly KeyUsage[],
): CryptoKey {
  const hash = hashMember(params);
  const isPrivate = HAS_SUBTLE && (data.format === "pkcs8" || (data.format === "jwk" && data.jwk.d !== undefined));
  checkUsages(name, usages, isPrivate ? ["sign"] : ["verify"]);
  if (data.format === "jwk") {
    checkJwk(data.jwk, { kty: "RSA", alg: jwkNames[hash], use: "sig", extractable, usages });
  }
  const shape = HAS_SUBTLE && isPrivate ? privateShape : publicShape;
  const members = HAS_SUBTLE && isPrivate ? privateMembers : publicMembers;
  const given = derOf(data, shape, members);
  const parts = derParts(shape, given);
  const [n, e] = parts as [n: Uint8Array, e: Uint8Array];
  const algorithm = { name, hash: { name: hash }, modulusLength: checkedBits(n, e), publicExponent: e };
  const integers =
    HAS_SUBTLE && isPrivate ? Object.fromEntries(members.map((member, index) => [member, parts[index]])) : { n, e };
  // Without attributes, which are no host's business.
  const der = HAS_SUBTLE && isPrivate ? platform().writeDer(shape, ...parts.slice(0, members.length)) : given;
  const material: RsaMaterial = { integers, der };
  return makeKey(isPrivate ? "private" : "public", material, algorithm, extractable, usages);
}

function derOf(data: KeyData, shape: string, members: typeof publicMembers | typeof privateMembers): Uint8Array {
  if (data.format !== "jwk") {
    if (HAS_SUBTLE && data.format === "raw") {
      throw notSupported('Keys of RSA have the formats "spki", "pkcs8" and "jwk", not raw.');
    }
    return data.bytes;
  }
  if (HAS_SUBTLE && data.jwk.oth !== undefined) {
    throw notSupported("oth: keys with more than two primes are not known here.");
  }
  return platform().writeDer(shape, ...members.map((member) => jwkBytes(data.jwk, member)));
}

export function exportRsaKey(
  { jwkNames }: RsaKind,
  format: KeyFormat,
  { type, material, algorithm, usages }: Key,
): Uint8Array | JsonWebKey | undefined {
  const { integers } = material as RsaMaterial;
  if (format === "jwk") {
    return jwkOf(usages, { kty: "RSA", alg: jwkNames[algorithm.hash!.name] }, integers);
  }
  if (format === "raw") {
    return undefined;
  }
  checkType(format, type);
  return (material as RsaMaterial).der.slice();
}

/** How many bits the modulus has. Throws a DataError for a key that no host may be given. */
function checkedBits(n: Uint8Array, e: Uint8Array): number {
  const bits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24;
  if (bits < LEAST_BITS || bits > MOST_BITS) {
    throw dataError(`The key has ${bits} bits; expected ${LEAST_BITS} to ${MOST_BITS}.`);
  }
  const last = e.length - 1;
  if (last >= MOST_EXPONENT_BYTES || !(e[last]! & 1) || (last === 0 && e[0] === 1) || !(n[n.length - 1]! & 1)) {
    throw dataError("The key is none of RSA: its modulus and exponent have to be odd, the exponent from 3 to 2^32.");
  }
  return bits;
}
