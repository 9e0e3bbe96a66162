/** Keys of RSA: RFC 8017 (appendix A.1), as SubjectPublicKeyInfo, PKCS #8 and JWK (RFC 7518, section 6.3). */
import type { KeyData, KeyFormat } from "./algorithms.js";
import { dataError, notSupported } from "./crypto-errors.js";
import { type CryptoKey, checkType, checkUsages, type Key, type KeyUsage, makeKey } from "./crypto-key.js";
import { BIT_STRING, DerReader, element, integer, OCTET_STRING, SEQUENCE, withoutZeros } from "./der.js";
import type { HashName } from "./hash-names.js";
import { hashMember } from "./hashes.js";
import { HostKey } from "./host-signatures.js";
import { checkJwk, type JsonWebKey, jwkBytes, jwkOf } from "./jwk.js";

/** AlgorithmIdentifier: rsaEncryption, and NULL (RFC 3279, section 2.3.1). */
const rsaEncryption = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
const VERSION_0 = [0x02, 0x01, 0x00];

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
  readonly host: HostKey;
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
  const integers = integersOf(data, isPrivate);
  const modulusLength = checkedBits(integers);
  const host = new HostKey(HAS_SUBTLE && isPrivate ? pkcs8Of(integers) : spkiOf(integers));
  const algorithm = { name, hash: { name: hash }, modulusLength, publicExponent: integers.e! };
  const material: RsaMaterial = { integers, host };
  return makeKey(isPrivate ? "private" : "public", material, algorithm, extractable, usages);
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
  return (material as RsaMaterial).host.der.slice();
}

function integersOf(data: KeyData, isPrivate: boolean): Integers {
  switch (data.format) {
    case "jwk":
      if (HAS_SUBTLE && data.jwk.oth !== undefined) {
        throw notSupported("oth: keys with more than two primes are not known here.");
      }
      return record(HAS_SUBTLE && isPrivate ? privateMembers : publicMembers, (member) =>
        withoutZeros(jwkBytes(data.jwk, member)),
      );
    case "spki": {
      const outer = new DerReader(data.bytes);
      const info = outer.inside(SEQUENCE);
      outer.end();
      info.expect(rsaEncryption);
      const bits = new DerReader(info.bits());
      info.end();
      return inSequence(bits, publicMembers);
    }
    case "pkcs8": {
      if (!HAS_SUBTLE) {
        throw notSupported("Keys that sign.");
      }
      const outer = new DerReader(data.bytes);
      const info = outer.inside(SEQUENCE);
      outer.end();
      info.expect(VERSION_0);
      info.expect(rsaEncryption);
      return inSequence(info.inside(OCTET_STRING), privateMembers, VERSION_0);
    }
    default:
      throw notSupported(`Keys of RSA have the formats "spki", "pkcs8" and "jwk", not ${data.format}.`);
  }
}

function inSequence(
  outer: DerReader,
  members: typeof publicMembers | typeof privateMembers,
  before: number[] = [],
): Integers {
  const inner = outer.inside(SEQUENCE);
  outer.end();
  inner.expect(before);
  const integers = record(members, () => inner.integer());
  inner.end();
  return integers;
}

function record(members: readonly (keyof Integers)[], value: (member: keyof Integers) => Uint8Array): Integers {
  return Object.fromEntries(members.map((member) => [member, value(member)]));
}

/** How many bits the modulus has. Throws a DataError for a key that no host may be given. */
function checkedBits({ n, e }: Integers): number {
  const bits = n!.length * 8 - Math.clz32(n![0] ?? 0) + 24;
  if (bits < LEAST_BITS || bits > MOST_BITS) {
    throw dataError(`The key has ${bits} bits; expected ${LEAST_BITS} to ${MOST_BITS}.`);
  }
  const last = e!.length - 1;
  if (last >= MOST_EXPONENT_BYTES || !(e![last]! & 1) || (last === 0 && e![0] === 1) || !(n![n!.length - 1]! & 1)) {
    throw dataError("The key is none of RSA: its modulus and exponent have to be odd, the exponent from 3 to 2^32.");
  }
  return bits;
}

function spkiOf({ n, e }: Integers): Uint8Array {
  return element(SEQUENCE, rsaEncryption, element(BIT_STRING, [0], element(SEQUENCE, integer(n!), integer(e!))));
}

function pkcs8Of(integers: Integers): Uint8Array {
  const key = element(SEQUENCE, VERSION_0, ...privateMembers.map((member) => integer(integers[member]!)));
  return element(SEQUENCE, VERSION_0, rsaEncryption, element(OCTET_STRING, key));
}
