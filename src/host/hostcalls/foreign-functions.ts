/**
 * The foreign functions of this host: Envoy's `verify_signature` and `sign`, with its arguments and results
 * (source/extensions/common/wasm/ext/{verify_signature,sign}.proto) and as lenient as they are there.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { readFields, writeFields } from "./protocol-buffers.js";

/** What a function gives; undefined: the arguments are wrong. */
type ForeignFunction = (fields: ReadonlyMap<number, Uint8Array>) => Uint8Array | undefined;

/** The field with the hash's name, and those with the key as DER and as PEM. */
const HASH = 1;
const DER = 2;

const hashes = ["sha1", "sha224", "sha256", "sha384", "sha512"];
/** Names of the curves that BoringSSL has, as Node calls them. */
const curves = ["secp224r1", "prime256v1", "secp384r1", "secp521r1"];
const decoder = new TextDecoder("utf-8", { fatal: true });

const functions: Readonly<Record<string, ForeignFunction>> = {
  verify_signature(fields) {
    const key = keyIn(fields, 5, publicKey);
    if (key === undefined) {
      return undefined;
    }
    const refused = (error: string): Uint8Array =>
      writeFields([
        [1, false],
        [2, error],
      ]);
    const hash = hashIn(fields);
    if (!hashes.includes(hash.toLowerCase())) {
      return refused(`${hash} is not supported.`);
    }
    if (!signs(key)) {
      return refused("Failed to initialize digest verify.");
    }
    return isRight(hash, key, bytesIn(fields, 3), bytesIn(fields, 4))
      ? writeFields([[1, true]])
      : refused("Failed to verify digest. Error code: 0");
  },

  sign(fields) {
    const key = keyIn(fields, 4, privateKey);
    if (key === undefined) {
      return undefined;
    }
    const refused = (error: string): Uint8Array =>
      writeFields([
        [1, false],
        [3, error],
      ]);
    const hash = hashIn(fields);
    if (!hashes.includes(hash.toLowerCase())) {
      return refused(`${hash} is not supported.`);
    }
    if (!signs(key)) {
      return refused("Failed to initialize digest sign.");
    }
    const signature = signatureOf(hash, key, bytesIn(fields, 3));
    return signature === undefined
      ? refused("Failed to create signature.")
      : writeFields([
          [1, true],
          [2, signature],
        ]);
  },
};

/** What a foreign function gives; undefined: there is none of that name, or it takes no such arguments. */
export function callForeignFunction(name: string, argument: Uint8Array | undefined): Uint8Array | undefined {
  const called = Object.hasOwn(functions, name) ? functions[name] : undefined;
  const fields = called && readFields(argument ?? new Uint8Array(0));
  return fields && areTexts(fields) ? called?.(fields) : undefined;
}

/** Strings have to be UTF-8; those are all fields of these messages that are no bytes. */
function areTexts(fields: ReadonlyMap<number, Uint8Array>): boolean {
  try {
    decoder.decode(fields.get(HASH));
    return true;
  } catch {
    return false;
  }
}

function hashIn(fields: ReadonlyMap<number, Uint8Array>): string {
  return decoder.decode(bytesIn(fields, HASH));
}

function bytesIn(fields: ReadonlyMap<number, Uint8Array>, number: number): Uint8Array {
  return fields.get(number) ?? new Uint8Array(0);
}

/** The key, of which there has to be one, in one form. */
function keyIn(
  fields: ReadonlyMap<number, Uint8Array>,
  pem: number,
  parse: (bytes: Buffer, isPem: boolean) => KeyObject,
): KeyObject | undefined {
  const [der, text] = [bytesIn(fields, DER), bytesIn(fields, pem)];
  if (der.length > 0 === text.length > 0) {
    return undefined;
  }
  try {
    return parse(Buffer.from(der.length > 0 ? der : text), text.length > 0);
  } catch {
    return undefined;
  }
}

function publicKey(key: Buffer, isPem: boolean): KeyObject {
  return isPem
    ? createPublicKey({ key: block(key, "PUBLIC KEY"), format: "pem" })
    : createPublicKey({ key, format: "der", type: "spki" });
}

function privateKey(key: Buffer, isPem: boolean): KeyObject {
  return isPem
    ? createPrivateKey({ key: block(key, "PRIVATE KEY"), format: "pem" })
    : createPrivateKey({ key, format: "der", type: "pkcs8" });
}

/** The first block of that type: Node would take others as well. */
function block(pem: Buffer, type: string): string {
  const [found] = new RegExp(`-----BEGIN ${type}-----[^-]*-----END ${type}-----`).exec(pem.toString("latin1")) ?? [];
  if (found === undefined) {
    throw new TypeError(`There is no ${type}.`);
  }
  return found;
}

/** Whether the key is of a kind that goes with a hash function. */
function signs({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  return (
    asymmetricKeyType === "rsa" ||
    (asymmetricKeyType === "ec" && curves.includes(asymmetricKeyDetails?.namedCurve ?? ""))
  );
}

function isRight(hash: string, key: KeyObject, signature: Uint8Array, data: Uint8Array): boolean {
  try {
    return verify(hash, data, key, signature);
  } catch {
    return false;
  }
}

function signatureOf(hash: string, key: KeyObject, data: Uint8Array): Uint8Array | undefined {
  try {
    return sign(hash, data, key);
  } catch {
    return undefined;
  }
}
