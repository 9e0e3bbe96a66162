/** Signatures with public and private keys in a module, by the host's functions, against Node's own `subtle`. */
import type { webcrypto } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { bothWorlds, type World } from "./worlds.js";

const { subtle } = globalThis.crypto;
const data = new TextEncoder().encode("what was signed");

const rsa = (bits = 2048, hash = "SHA-256") => ({
  name: "RSASSA-PKCS1-v1_5",
  hash,
  modulusLength: bits,
  publicExponent: Uint8Array.of(1, 0, 1),
});
const ec = (namedCurve: string) => ({ name: "ECDSA", namedCurve });

/** Answers what a step gives, or the name of what it throws. Bytes are in Base64. */
const source = `import { definePolicy, Response } from "sluice";
  const bytes = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const text = (data: ArrayBuffer) => btoa(String.fromCharCode(...new Uint8Array(data)));
  const { subtle } = crypto as any;
  // Mentioned, so that the module carries them: RSASSA-PKCS1-v1_5, ECDSA.
  const carried = ["RSASSA-PKCS1-v1_5", "ECDSA"];
  const steps: Record<string, (step: any) => Promise<unknown>> = {
    async verify({ format, key, algorithm, signing, signature, data }) {
      const imported = await subtle.importKey(format, format === "jwk" ? key : bytes(key), algorithm, true, ["verify"]);
      return await subtle.verify(signing ?? algorithm.name, imported, bytes(signature), bytes(data));
    },
    async sign({ format, key, algorithm, signing, data }) {
      const imported = await subtle.importKey(format, format === "jwk" ? key : bytes(key), algorithm, false, ["sign"]);
      return text(await subtle.sign(signing ?? algorithm.name, imported, bytes(data)));
    },
    async exported({ format, key, algorithm, usages, as }) {
      const imported = await subtle.importKey(format, format === "jwk" ? key : bytes(key), algorithm, true, usages);
      const exported = await subtle.exportKey(as, imported);
      return as === "jwk" ? exported : text(exported);
    },
    /** Of keys that differ in a bit of their heads, or in length: those that are taken and are written otherwise. */
    async misread({ format, key, algorithm, usages }) {
      const right = bytes(key);
      const others = [right.slice(0, -1), new Uint8Array(right.length + 1), new Uint8Array(0)];
      others[1].set(right);
      for (let bit = 0; bit < 8 * 48; bit++) {
        const other = right.slice();
        other[bit >> 3] ^= 1 << (bit & 7);
        others.push(other);
      }
      const misread: string[] = [];
      for (const other of others) {
        try {
          const written = text(await subtle.exportKey(format, await subtle.importKey(format, other, algorithm, true, usages)));
          if (written !== text(other)) {
            misread.push(text(other));
          }
        } catch {
          // Refused.
        }
      }
      return misread;
    },
    async described({ format, key, algorithm, usages }) {
      const imported = await subtle.importKey(format, format === "jwk" ? key : bytes(key), algorithm, true, usages);
      const { publicExponent, ...rest } = imported.algorithm;
      return [imported.type, imported.extractable, imported.usages, rest, publicExponent && text(publicExponent), Object.prototype.toString.call(imported), imported instanceof CryptoKey];
    },
  };
  export default definePolicy({
    async onRequest(request) {
      const { name, ...step } = JSON.parse(decodeURIComponent(request.path.slice(1)));
      let outcome: unknown;
      try {
        outcome = { gives: await steps[name]!(step) };
      } catch (error: any) {
        outcome = { throws: error.name, message: error.message };
      }
      return new Response(JSON.stringify([outcome, carried.length][0]));
    },
  });`;

let worlds: Record<World["name"], World>;
beforeAll(async () => {
  worlds = Object.fromEntries((await bothWorlds(source)).map((world) => [world.name, world])) as typeof worlds;
}, 300_000);

const base64 = (bytes: ArrayBuffer | Uint8Array): string => Buffer.from(bytes as Uint8Array).toString("base64");

async function step(
  world: World["name"],
  name: string,
  rest: object,
): Promise<{ gives?: unknown; throws?: string; message?: string }> {
  return JSON.parse(await worlds[world].ask(`/${encodeURIComponent(JSON.stringify({ name, ...rest }))}`)) as object;
}

interface Signer {
  readonly title: string;
  /** With which keys are made and imported. */
  readonly algorithm: ReturnType<typeof rsa> | ReturnType<typeof ec>;
  readonly signing: { readonly name: string; readonly hash?: string };
}

const signers: Signer[] = [
  ...["SHA-1", "SHA-256", "SHA-384", "SHA-512"].map((hash) => ({
    title: `RSASSA-PKCS1-v1_5 with ${hash}`,
    algorithm: rsa(2048, hash),
    signing: { name: "RSASSA-PKCS1-v1_5" },
  })),
  ...[
    ["P-256", "SHA-256"],
    ["P-256", "SHA-512"],
    ["P-384", "SHA-384"],
    ["P-521", "SHA-512"],
  ].map(([curve = "", hash = ""]) => ({
    title: `ECDSA on ${curve} with ${hash}`,
    algorithm: ec(curve),
    signing: { name: "ECDSA", hash },
  })),
];

async function pair({ algorithm }: Signer): Promise<webcrypto.CryptoKeyPair> {
  return await subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

describe.each(signers)("$title in a module", (signer) => {
  const { algorithm, signing } = signer;
  let keys: webcrypto.CryptoKeyPair;
  beforeAll(async () => {
    keys = await pair(signer);
  });
  const exported = async (format: "spki" | "pkcs8" | "raw" | "jwk"): Promise<unknown> => {
    const key = await subtle.exportKey(format as "jwk", format === "pkcs8" ? keys.privateKey : keys.publicKey);
    return format === "jwk" ? key : base64(key as unknown as ArrayBuffer);
  };
  const publicFormats = algorithm.name === "ECDSA" ? (["spki", "jwk", "raw"] as const) : (["spki", "jwk"] as const);

  it.each(publicFormats)("verifies what Node has signed, with a key as %s", async (format) => {
    const key = await exported(format);
    const signature = base64(await subtle.sign(signing, keys.privateKey, data));
    const of = { format, key, algorithm, signing, signature, data: base64(data) };
    expect(await step("module", "verify", of)).toEqual({ gives: true });
    expect(await step("module", "verify", { ...of, data: base64(data.slice(1)) })).toEqual({ gives: false });
    const changed = Buffer.from(signature, "base64");
    changed[changed.length - 1]! ^= 1;
    expect(await step("module", "verify", { ...of, signature: base64(changed) })).toEqual({ gives: false });
    expect(await step("module", "verify", { ...of, signature: base64(changed.subarray(1)) })).toEqual({ gives: false });
    expect(await step("module", "verify", { ...of, signature: "" })).toEqual({ gives: false });
  });

  it.each([
    ["spki", "verify"],
    ["pkcs8", "sign"],
  ] as const)("takes no other form of a key as %s", async (format, usage) => {
    const of = { format, key: await exported(format), algorithm, usages: [usage] };
    expect(await step("module", "misread", of)).toEqual({ gives: [] });
  });

  it.each(["pkcs8", "jwk"] as const)("signs what Node accepts, with a key as %s", async (format) => {
    const key = format === "jwk" ? await subtle.exportKey("jwk", keys.privateKey) : await exported(format);
    delete (key as webcrypto.JsonWebKey).key_ops;
    const { gives } = await step("module", "sign", { format, key, algorithm, signing, data: base64(data) });
    expect(await subtle.verify(signing, keys.publicKey, Buffer.from(gives as string, "base64"), data)).toBe(true);
  });

  it("gives keys out as Node does", async () => {
    for (const format of publicFormats) {
      const of = { format: "spki", key: await exported("spki"), algorithm, usages: ["verify"], as: format };
      expect(await step("module", "exported", of)).toEqual(await step("node", "exported", of));
      const back = { format, key: await exported(format), algorithm, usages: ["verify"], as: "spki" };
      expect(await step("module", "exported", back)).toEqual({ gives: await exported("spki") });
    }
    for (const format of ["pkcs8", "jwk"]) {
      const of = { format: "pkcs8", key: await exported("pkcs8"), algorithm, usages: ["sign"], as: format };
      expect(await step("module", "exported", of)).toEqual(await step("node", "exported", of));
    }
  });

  it("describes keys as Node does", async () => {
    const of = { format: "spki", key: await exported("spki"), algorithm, usages: ["verify"] };
    expect(await step("module", "described", of)).toEqual(await step("node", "described", of));
    const secret = { format: "pkcs8", key: await exported("pkcs8"), algorithm, usages: ["sign"] };
    expect(await step("module", "described", secret)).toEqual(await step("node", "described", secret));
  });
});

describe("a module refuses a key that Node takes", () => {
  const verify = async (signer: Signer, change: (der: Uint8Array) => Uint8Array): Promise<object> => {
    const { publicKey } = await pair(signer);
    const der = new Uint8Array(await subtle.exportKey("spki", publicKey));
    return { format: "spki", key: base64(change(der)), algorithm: signer.algorithm, usages: ["verify"] };
  };
  const signer = (title: string): Signer => signers.find((one) => one.title.startsWith(title))!;

  it.each(["RSA", "ECDSA"])("with something behind it: %s", async (title) => {
    const key = await verify(signer(title), (der) => Uint8Array.of(...der, 0));
    expect(await step("module", "described", key)).toMatchObject({ throws: "DataError" });
    expect(await step("node", "described", key)).toHaveProperty("gives");
  });

  it("of RSA with less than 2048 bits", async () => {
    const algorithm = rsa(1024);
    const { publicKey } = await subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const key = { format: "jwk", key: await subtle.exportKey("jwk", publicKey), algorithm, usages: ["verify"] };
    expect(await step("module", "described", key)).toMatchObject({
      throws: "DataError",
      message: "The key has 1024 bits; expected 2048 to 8192.",
    });
  });

  it("whose JWK is for another algorithm", async () => {
    const { publicKey } = await pair(signer("RSA"));
    const jwk = { ...(await subtle.exportKey("jwk", publicKey)), alg: "PS256" };
    const key = { format: "jwk", key: jwk, algorithm: rsa(), usages: ["verify"] };
    expect(await step("module", "described", key)).toMatchObject({ throws: "DataError" });
  });

  it("that is private and has no primes", async () => {
    const { privateKey } = await pair(signer("RSA"));
    const { kty, n, e, d } = await subtle.exportKey("jwk", privateKey);
    const key = { format: "jwk", key: { kty, n, e, d }, algorithm: rsa(), usages: ["sign"] };
    expect(await step("module", "described", key)).toMatchObject({ throws: "DataError" });
  });
});
