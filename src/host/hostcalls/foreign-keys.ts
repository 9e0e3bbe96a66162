/**
 * Keys as the foreign functions of Envoy take them, which BoringSSL reads. Node reads them here, and takes more: BER, parameters that do
 * not belong there, keys that are inconsistent. What follows a key in DER is passed over by both.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { contentsOf, elementAt, isDer } from "./der.js";

/** Names of the curves that Envoy knows, as Node calls them. */
const curves = ["secp224r1", "prime256v1", "secp384r1", "secp521r1"];
/** Kinds that BoringSSL reads and that go with no hash function. */
const othersRead = ["ed25519", "x25519", "dsa"];
const leastModulusBits = 512;
const mostModulusBits = 16_384;
const mostExponentBits = 33;
const OBJECT_IDENTIFIER = 0x06;
/** Compressed, for an even and an odd y, and both coordinates. */
const pointForms = [2, 3, 4];

/** SubjectPublicKeyInfo; undefined: no such key goes with a hash function. */
export function publicKey(bytes: Uint8Array, isPem: boolean): KeyObject | undefined {
  const der = isPem ? blockIn(bytes, ["PUBLIC KEY"])?.content : bytes;
  const key = read(() => createPublicKey({ key: Buffer.from(der!), format: "der", type: "spki" }));
  if (der === undefined || key === undefined || !goesWithHashes(key)) {
    return undefined;
  }
  const written = key.export({ format: "der", type: "spki" });
  const isRead =
    written.equals(der.subarray(0, written.length)) &&
    (key.asymmetricKeyType === "rsa" ? isInRange(key) : isOfNamedCurve(written));
  return isRead ? key : undefined;
}

/** PKCS #8, in PEM also PKCS #1 and SEC 1. "other": one that goes with no hash function. */
export function privateKey(bytes: Uint8Array, isPem: boolean): KeyObject | "other" | undefined {
  const { type, content } = isPem
    ? (blockIn(bytes, Object.keys(privateTypes)) ?? { type: "", content: undefined })
    : { type: "PRIVATE KEY", content: bytes };
  const key = read(() => createPrivateKey({ key: Buffer.from(content!), format: "der", type: privateTypes[type]! }));
  if (content === undefined || key === undefined || !isDer(content)) {
    return undefined;
  }
  if (othersRead.includes(key.asymmetricKeyType ?? "")) {
    return "other";
  }
  const isRead = goesWithHashes(key) && (type !== "PRIVATE KEY" || beginsAsWritten(content, key));
  return isRead && (key.asymmetricKeyType !== "rsa" || isConsistent(key)) ? key : undefined;
}

const privateTypes: Readonly<Record<string, "pkcs8" | "pkcs1" | "sec1">> = {
  "PRIVATE KEY": "pkcs8",
  "RSA PRIVATE KEY": "pkcs1",
  "EC PRIVATE KEY": "sec1",
};

function read(parse: () => KeyObject): KeyObject | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

function goesWithHashes({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  return (
    asymmetricKeyType === "rsa" ||
    (asymmetricKeyType === "ec" && curves.includes(asymmetricKeyDetails?.namedCurve ?? ""))
  );
}

/** Parameters of a curve may be written out, and its point in a form that is neither compressed nor plain. */
function isOfNamedCurve(spki: Buffer): boolean {
  const [algorithm, bits] = contentsOf(spki, elementAt(spki, 0)!);
  const curve = contentsOf(spki, algorithm!)[1];
  return spki[curve!.at] === OBJECT_IDENTIFIER && pointForms.includes(spki[bits!.start + 1]!);
}

function isInRange(key: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  const { n = "" } = key.export({ format: "jwk" });
  return (
    modulusLength >= leastModulusBits &&
    modulusLength <= mostModulusBits &&
    Buffer.from(n, "base64url").at(-1)! % 2 === 1 &&
    publicExponent % 2n === 1n &&
    publicExponent > 1n &&
    publicExponent < 2n ** BigInt(mostExponentBits)
  );
}

/** Version and algorithm are the ones that the key has. */
function beginsAsWritten(pkcs8: Uint8Array, key: KeyObject): boolean {
  const beginning = (bytes: Uint8Array): Buffer => {
    const [version, algorithm] = contentsOf(bytes, elementAt(bytes, 0)!);
    return Buffer.from(bytes.subarray(version!.at, algorithm!.end));
  };
  return beginning(pkcs8).equals(beginning(key.export({ format: "der", type: "pkcs8" })));
}

/** RFC 8017 section 3.2. */
function isConsistent(key: KeyObject): boolean {
  const jwk = key.export({ format: "jwk" }) as Record<string, string>;
  const number = (name: string): bigint => BigInt(`0x${Buffer.from(jwk[name]!, "base64url").toString("hex")}`);
  const [n, e, d, p, q] = [number("n"), number("e"), number("d"), number("p"), number("q")];
  return (
    isInRange(key) &&
    p * q === n &&
    (d * e) % (p - 1n) === 1n &&
    (d * e) % (q - 1n) === 1n &&
    number("dp") === d % (p - 1n) &&
    number("dq") === d % (q - 1n) &&
    (number("qi") * q) % p === 1n
  );
}

/** The first block of PEM with one of those types. */
function blockIn(
  bytes: Uint8Array,
  types: readonly string[],
): { readonly type: string; readonly content: Buffer } | undefined {
  const lines = Buffer.from(bytes)
    .toString("latin1")
    .split("\n")
    .map((line) => line.replace(/[\0-\x20]+$/, ""));
  for (let from = 0; from < lines.length; from++) {
    const type = /^-----BEGIN (.*)-----$/.exec(lines[from]!)?.[1];
    if (type !== undefined) {
      const length = lines.slice(from + 1).findIndex((line) => line.startsWith("-----END "));
      const end = from + 1 + length;
      if (length < 0 || lines[end] !== `-----END ${type}-----`) {
        return undefined;
      }
      const content = contentOf(lines.slice(from + 1, end));
      if (content === undefined || types.includes(type)) {
        return content && { type, content };
      }
      from = end;
    }
  }
  return undefined;
}

function contentOf(lines: readonly string[]): Buffer | undefined {
  // What stands before an empty line are header fields, which keys that are not encrypted do not have.
  const text = lines.indexOf("") > 0 ? "" : lines.join("").replaceAll(/[ \t\r]/g, "");
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0 ? Buffer.from(text, "base64") : undefined;
}
