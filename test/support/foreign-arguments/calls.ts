/** Makes arguments of the foreign functions `verify_signature` and `sign`. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  verify as isSignature,
  type KeyObject,
  sign,
} from "node:crypto";
import { writeFields } from "../../../src/host/hostcalls/protocol-buffers.js";

export interface ForeignCall {
  readonly title: string;
  readonly name: string;
  readonly argument: Uint8Array;
  /** Of functions that give another signature each time: whether one is right. */
  readonly isRight: (signature: Uint8Array) => boolean;
}

type Fields = Parameters<typeof writeFields>[0];

export const text = Buffer.from("what was signed");
export const pairs = {
  rsa: generateKeyPairSync("rsa", { modulusLength: 2_048 }),
  otherRsa: generateKeyPairSync("rsa", { modulusLength: 2_048 }),
  rsa1024: generateKeyPairSync("rsa", { modulusLength: 1_024 }),
  rsa512: generateKeyPairSync("rsa", { modulusLength: 512 }),
  rsaOf3: generateKeyPairSync("rsa", { modulusLength: 2_048, publicExponent: 3 }),
  pss: generateKeyPairSync("rsa-pss", { modulusLength: 2_048 }),
  p224: generateKeyPairSync("ec", { namedCurve: "P-224" }),
  p256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  p384: generateKeyPairSync("ec", { namedCurve: "P-384" }),
  p521: generateKeyPairSync("ec", { namedCurve: "P-521" }),
  secp256k1: generateKeyPairSync("ec", { namedCurve: "secp256k1" }),
  brainpool: generateKeyPairSync("ec", { namedCurve: "brainpoolP256r1" }),
  explicit: generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" }),
  ed25519: generateKeyPairSync("ed25519"),
  ed448: generateKeyPairSync("ed448"),
  x25519: generateKeyPairSync("x25519"),
  x448: generateKeyPairSync("x448"),
  dsa: generateKeyPairSync("dsa", { modulusLength: 1_024, divisorLength: 160 }),
};
export type Pair = keyof typeof pairs;

export const spki = (pair: Pair): Buffer => pairs[pair].publicKey.export({ type: "spki", format: "der" });
export const pkcs8 = (pair: Pair): Buffer => pairs[pair].privateKey.export({ type: "pkcs8", format: "der" });
export const spkiPem = (pair: Pair): string => pairs[pair].publicKey.export({ type: "spki", format: "pem" }) as string;
export const pkcs8Pem = (pair: Pair): string =>
  pairs[pair].privateKey.export({ type: "pkcs8", format: "pem" }) as string;
export const signed = (key: KeyObject, hash: string | null = "sha256"): Buffer => sign(hash, text, key);

/** By what is special about them. */
export const foreignCalls: Record<string, ForeignCall[]> = {};
let current: ForeignCall[] = [];

/** What is made from now on belongs to it. */
export function area(title: string): void {
  current = foreignCalls[title] = [];
}

export function call(
  name: string,
  title: string,
  argument: Uint8Array,
  isRight: ForeignCall["isRight"] = () => false,
): void {
  current.push({ title: `${name}: ${title}`, name, argument, isRight });
}

interface Given {
  hash?: string | Uint8Array;
  der?: string | Uint8Array;
  pem?: string | Uint8Array;
  signature?: string | Uint8Array;
  data?: string | Uint8Array;
}
export const rsaSignature = signed(pairs.rsa.privateKey);

export function verify(title: string, given: Given): void {
  const {
    hash = "sha256",
    der = given.pem === undefined ? spki("rsa") : "",
    pem = "",
    signature = rsaSignature,
    data = text,
  } = given;
  const fields: Fields = [
    [1, hash],
    [2, der],
    [3, signature],
    [4, data],
    [5, pem],
  ];
  call("verify_signature", title, writeFields(fields));
}

export function signs(title: string, given: Given): void {
  const { hash = "sha256", der = given.pem === undefined ? pkcs8("rsa") : "", pem = "", data = text } = given;
  const fields: Fields = [
    [1, hash],
    [2, der],
    [3, data],
    [4, pem],
  ];
  call("sign", title, writeFields(fields), (signature) => {
    const key =
      pem === ""
        ? createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" })
        : createPrivateKey(Buffer.from(pem));
    return (
      key.asymmetricKeyType === "ec" && isSignature(hash.toString(), Buffer.from(data), createPublicKey(key), signature)
    );
  });
}

export const cut = (bytes: Uint8Array, length: number): Uint8Array =>
  bytes.subarray(0, length < 0 ? bytes.length + length : length);
export const changed = (bytes: Uint8Array, at: number, by: (byte: number) => number): Uint8Array =>
  bytes.map((byte, index) => (index === (at < 0 ? bytes.length + at : at) ? by(byte) : byte));
