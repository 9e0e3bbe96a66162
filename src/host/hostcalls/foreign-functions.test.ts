import { generateKeyPairSync, sign, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { callForeignFunction } from "./foreign-functions.js";
import { readFields, writeFields } from "./protocol-buffers.js";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const edwards = generateKeyPairSync("ed25519");
const text = Buffer.from("what was signed");
const spki = (key: typeof rsa.publicKey): Buffer => key.export({ format: "der", type: "spki" });
const pkcs8 = (key: typeof rsa.privateKey): Buffer => key.export({ format: "der", type: "pkcs8" });

type Fields = Parameters<typeof writeFields>[0];

const call = (name: string, fields: Fields): Uint8Array | undefined => callForeignFunction(name, writeFields(fields));
const textOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();
const valid = Uint8Array.of(8, 1);

describe("verify_signature", () => {
  const verifies = (key: Buffer, signature: Uint8Array, hash = "sha256"): Uint8Array | undefined =>
    call("verify_signature", [
      [1, hash],
      [2, key],
      [3, signature],
      [4, text],
    ]);

  it.each([
    ["RSA", rsa],
    ["ECDSA", ec],
  ])("tells right signatures of %s from wrong ones", (_name, { publicKey, privateKey }) => {
    const signature = sign("sha384", text, privateKey);
    expect(verifies(spki(publicKey), signature, "sha384")).toEqual(Buffer.from(valid));
    expect(verifies(spki(publicKey), signature, "SHA384")).toEqual(Buffer.from(valid));
    const wrong = readFields(verifies(spki(publicKey), signature.subarray(1), "sha384")!)!;
    expect([...wrong.keys()]).toEqual([2]);
    expect(textOf(wrong.get(2))).toBe("Failed to verify digest. Error code: 0");
  });

  it("says that it has no such hash, by the name that it was given", () => {
    const result = readFields(verifies(spki(rsa.publicKey), sign("sha256", text, rsa.privateKey), "SHA-256")!)!;
    expect(textOf(result.get(2))).toBe("SHA-256 is not supported.");
  });

  it("takes a key in PEM, and of several the first", () => {
    const pem = rsa.publicKey.export({ format: "pem", type: "spki" }).toString();
    const of = (key: string): Uint8Array | undefined =>
      call("verify_signature", [
        [1, "sha256"],
        [3, sign("sha256", text, rsa.privateKey)],
        [4, text],
        [5, key],
      ]);
    expect(of(pem)).toEqual(Buffer.from(valid));
    expect(of([pem, ec.publicKey.export({ format: "pem", type: "spki" }).toString()].join(""))).toEqual(
      Buffer.from(valid),
    );
    const pkcs1 = rsa.publicKey.export({ format: "pem", type: "pkcs1" }).toString();
    expect(textOf(readFields(of(pkcs1)!)!.get(2))).toBe("Failed to initialize digest verify.");
  });

  it("refuses arguments with no key, two keys, and those that are no message", () => {
    const pem = rsa.publicKey.export({ format: "pem", type: "spki" }).toString();
    for (const keys of [
      [],
      [
        [2, spki(rsa.publicKey)],
        [5, pem],
      ],
    ] as Fields[]) {
      expect(call("verify_signature", [[1, "sha256"], ...keys, [3, text], [4, text]])).toBeUndefined();
    }
    expect(callForeignFunction("verify_signature", undefined)).toBeUndefined();
    expect(callForeignFunction("verify_signature", Uint8Array.of(0x0a, 5, 1))).toBeUndefined();
    expect(callForeignFunction("verify_signature", Uint8Array.of(0x0a, 1, 0xff))).toBeUndefined();
  });

  it("does not verify with what is no key, or with a key that BoringSSL does not read", () => {
    const der = spki(rsa.publicKey);
    const longLength = Buffer.concat([Buffer.of(0x30, 0x83, 0), der.subarray(2)]);
    const explicit = generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" });
    for (const [key, signature] of [
      [Buffer.from("key"), Buffer.of(1)],
      [longLength, sign("sha256", text, rsa.privateKey)],
      [spki(explicit.publicKey), sign("sha256", text, explicit.privateKey)],
    ] as const) {
      expect(textOf(readFields(verifies(key, signature)!)!.get(2))).toBe("Failed to initialize digest verify.");
    }
  });

  it("does not verify with a key whose signatures have no hash", () => {
    const result = readFields(verifies(spki(edwards.publicKey), sign(null, text, edwards.privateKey))!)!;
    expect(textOf(result.get(2))).toBe("Failed to initialize digest verify.");
  });
});

describe("sign", () => {
  const signed = (key: Buffer, hash = "sha256"): ReadonlyMap<number, Uint8Array> | undefined => {
    const result = call("sign", [
      [1, hash],
      [2, key],
      [3, text],
    ]);
    return result && readFields(result);
  };

  it.each([
    ["RSA", rsa],
    ["ECDSA", ec],
  ])("signs with a key of %s", (_name, { publicKey, privateKey }) => {
    expect(verify("sha512", text, publicKey, signed(pkcs8(privateKey), "sha512")!.get(2)!)).toBe(true);
  });

  it("refuses what is no private key of a right type, and tells of an unknown hash", () => {
    const notPrivate = "Invalid key type: private key required for signing operation.";
    expect(textOf(signed(spki(rsa.publicKey))!.get(3))).toBe(notPrivate);
    const otherType = "Invalid private key: key data is corrupted or malformed.";
    expect(textOf(signed(pkcs8(edwards.privateKey))!.get(3))).toBe(otherType);
    expect(textOf(signed(pkcs8(rsa.privateKey), "md5")!.get(3))).toBe("md5 is not supported.");
  });
});

it("there are no other foreign functions", () => {
  for (const name of ["compress", "toString", "constructor", ""]) {
    expect(call(name, [[1, "sha256"]])).toBeUndefined();
  }
});
