import { definePolicy, Response } from "sluice";

interface Group {
  readonly sha?: string;
  readonly sLen?: number;
  readonly tagSize?: number;
  readonly publicKeyDer?: string;
  readonly publicKeyAsn?: string;
}

type Vector = Readonly<Record<string, string>>;

const { subtle } = crypto;

const bytes = (hex = ""): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, index) => Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16));
const isEqual = (data: ArrayBuffer, hex: string): boolean => {
  const [one, other] = [new Uint8Array(data), bytes(hex)];
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
};

type Algorithms = Parameters<typeof subtle.importKey>[2];
const publicKey = ({ publicKeyDer, publicKeyAsn }: Group, algorithm: Algorithms): Promise<CryptoKey> =>
  subtle.importKey("spki", bytes(publicKeyDer ?? publicKeyAsn), algorithm as { name: "Ed25519" }, true, ["verify"]);

/** Whether a vector is as the algorithm says, by the kind of it. */
const checks: Readonly<Record<string, (group: Group, vector: Vector) => Promise<boolean>>> = {
  async rsassa(group, { sig, msg }) {
    const key = await publicKey(group, { name: "RSASSA-PKCS1-v1_5", hash: group.sha as "SHA-256" });
    return subtle.verify("RSASSA-PKCS1-v1_5", key, bytes(sig), bytes(msg));
  },
  async pss(group, { sig, msg }) {
    const key = await publicKey(group, { name: "RSA-PSS", hash: group.sha as "SHA-256" });
    return subtle.verify({ name: "RSA-PSS", saltLength: group.sLen! }, key, bytes(sig), bytes(msg));
  },
  async ecdsa256(group, vector) {
    return ecdsa("P-256", group, vector);
  },
  async ecdsa384(group, vector) {
    return ecdsa("P-384", group, vector);
  },
  async ecdsa521(group, vector) {
    return ecdsa("P-521", group, vector);
  },
  async ed25519(group, { sig, msg }) {
    return subtle.verify("Ed25519", await publicKey(group, { name: "Ed25519" }), bytes(sig), bytes(msg));
  },
  async hmac({ sha, tagSize }, { key, msg, tag }) {
    const imported = await subtle.importKey("raw", bytes(key), { name: "HMAC", hash: sha! as "SHA-1" }, false, [
      "sign",
    ]);
    const code = await subtle.sign("HMAC", imported, bytes(msg));
    return isEqual(code.slice(0, tagSize! / 8), tag!);
  },
  async aes({ tagSize }, { key, iv, aad, msg, ct, tag }) {
    const imported = await subtle.importKey("raw", bytes(key), "AES-GCM", false, ["encrypt", "decrypt"]);
    const params = { name: "AES-GCM", iv: bytes(iv), additionalData: bytes(aad), tagLength: tagSize! } as const;
    const sealed = await subtle.encrypt(params, imported, bytes(msg));
    const opened = await subtle.decrypt(params, imported, bytes(`${ct}${tag}`));
    return isEqual(sealed, `${ct}${tag}`) && isEqual(opened, msg!);
  },
  async hkdf({ sha }, { ikm, salt, info, size, okm }) {
    const key = await subtle.importKey("raw", bytes(ikm), "HKDF", false, ["deriveBits"]);
    const params = { name: "HKDF", hash: sha as "SHA-256", salt: bytes(salt), info: bytes(info) } as const;
    return isEqual(await subtle.deriveBits(params, key, Number(size) * 8), okm!);
  },
  async pbkdf2({ sha }, { password, salt, iterationCount, dkLen, dk }) {
    const key = await subtle.importKey("raw", bytes(password), "PBKDF2", false, ["deriveBits"]);
    const iterations = Number(iterationCount);
    const params = { name: "PBKDF2", hash: sha as "SHA-256", salt: bytes(salt), iterations } as const;
    return isEqual(await subtle.deriveBits(params, key, Number(dkLen) * 8), dk!);
  },
};

async function ecdsa(namedCurve: "P-256" | "P-384" | "P-521", group: Group, { sig, msg }: Vector): Promise<boolean> {
  const key = await publicKey(group, { name: "ECDSA", namedCurve });
  return subtle.verify({ name: "ECDSA", hash: group.sha as "SHA-256" }, key, bytes(sig), bytes(msg));
}

/** Answers the vectors of a body, or of the path, with a list: whether each is right, or the name of the error. */
export default definePolicy({
  async onRequest(request) {
    const text =
      request.path === "/" ? (await request.intoBodyState()).text() : decodeURIComponent(request.path.slice(1));
    const { kind, group, tests } = JSON.parse(text) as { kind: string; group: Group; tests: Vector[] };
    const outcomes: unknown[] = [];
    for (const test of tests) {
      try {
        outcomes.push(await checks[kind]!(group, test));
      } catch (error) {
        outcomes.push(error instanceof DOMException ? error.name : String(error));
      }
    }
    return new Response(JSON.stringify(outcomes));
  },
});
