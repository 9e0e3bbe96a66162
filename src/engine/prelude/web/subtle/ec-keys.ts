/** Keys of ECDSA: RFC 5480 (public), RFC 5915 in PKCS #8 (private), JWK (RFC 7518, section 6.2), points (SEC 1, section 2.3.3). */
import { platform } from "../../platform.js";
import { domString } from "../web-idl.js";
import type { KeyData, KeyFormat } from "./algorithms.js";
import { dataError, notSupported, operationError } from "./crypto-errors.js";
import { type CryptoKey, checkType, checkUsages, type Key, type KeyUsage, makeKey } from "./crypto-key.js";
import { type Curve, curveNamed, isOnCurve } from "./curves.js";
import { derParts, pkcs8Shape, spkiShape } from "./der.js";
import { checkJwk, type JsonWebKey, jwkBytes, jwkOf } from "./jwk.js";

/** Put in when the prelude is bundled: false where services alone verify; see build-prelude.ts. */
declare const HAS_SUBTLE: boolean;

/** id-ecPublicKey. */
const idEcPublicKey = "=\x09\x06\x07\x2a\x86\x48\xce\x3d\x02\x01";
/** Of a BIT STRING of whole octets. */
const bitString = "(\x03=\x01\0*)";
/** ECPrivateKey of version 1: its parts are the number, and the parameters and the public key, which may be left out. */
const privateKey = "=\x03\x02\x01\x01c\x04o\xa0o\xa1";
const UNCOMPRESSED = 4;

export interface EcMaterial {
  readonly curve: Curve;
  /** x and y; undefined where a private key came without them. */
  readonly point: Uint8Array | undefined;
  readonly d: Uint8Array | undefined;
  /** SubjectPublicKeyInfo, or PKCS #8. */
  readonly der: Uint8Array;
}

export function importEcKey(
  name: string,
  data: KeyData,
  { namedCurve }: { readonly namedCurve?: unknown },
  extractable: boolean,
  usages: readonly KeyUsage[],
): CryptoKey {
  if (namedCurve === undefined) {
    throw new TypeError("namedCurve: expected the name of a curve.");
  }
  const curve = curveNamed(domString(namedCurve));
  if (curve === undefined) {
    throw notSupported(`namedCurve: ${domString(namedCurve)} is no curve known here.`);
  }
  const isPrivate = HAS_SUBTLE && (data.format === "pkcs8" || (data.format === "jwk" && data.jwk.d !== undefined));
  checkUsages(name, usages, isPrivate ? ["sign"] : ["verify"]);
  if (data.format === "jwk") {
    checkJwk(data.jwk, { kty: "EC", alg: curve.jwkName, use: "sig", extractable, usages });
  }
  const { point, d } = partsOf(data, curve);
  if (point !== undefined && !isOnCurve(curve, point)) {
    throw dataError(`The key's point is not on ${curve.name}.`);
  }
  if (d !== undefined && d.length !== curve.bytes) {
    throw dataError(`d: expected ${curve.bytes} bytes.`);
  }
  const der = !HAS_SUBTLE || d === undefined ? spkiOf(curve, point!) : pkcs8Of(curve, d, point);
  const material: EcMaterial = { curve, point, d, der };
  const algorithm = { name, namedCurve: curve.name };
  return makeKey(isPrivate ? "private" : "public", material, algorithm, extractable, usages);
}

export function exportEcKey(format: KeyFormat, { type, material, usages }: Key): Uint8Array | JsonWebKey | undefined {
  const { curve, point, d, der } = material as EcMaterial;
  if (format === "jwk") {
    if (point === undefined) {
      throw operationError("The key was imported without its public point, which a JWK needs.");
    }
    const [x, y] = [point.subarray(0, curve.bytes), point.subarray(curve.bytes)];
    return jwkOf(usages, { kty: "EC", crv: curve.name }, { x, y, ...(d && { d }) });
  }
  checkType(format, type);
  return format === "raw" ? uncompressed(point!) : der.slice();
}

function partsOf(data: KeyData, curve: Curve): Pick<EcMaterial, "point" | "d"> {
  switch (data.format) {
    case "jwk": {
      const { jwk } = data;
      if (jwk.crv !== curve.name) {
        throw dataError(`crv: expected ${curve.name}.`);
      }
      const [x, y] = [jwkBytes(jwk, "x"), jwkBytes(jwk, "y")];
      if (x.length !== curve.bytes || y.length !== curve.bytes) {
        throw dataError(`x and y: expected ${curve.bytes} bytes.`);
      }
      return {
        point: Uint8Array.of(...x, ...y),
        d: !HAS_SUBTLE || jwk.d === undefined ? undefined : jwkBytes(jwk, "d"),
      };
    }
    case "raw":
      return { point: pointOf(data.bytes), d: undefined };
    case "spki":
      return { point: pointOf(derParts(spkiShape(algorithmOf(curve)), data.bytes)[0]!), d: undefined };
    default:
      if (!HAS_SUBTLE) {
        throw notSupported("Keys that sign.");
      }
      return privateParts(data.bytes, curve);
  }
}

function privateParts(bytes: Uint8Array, curve: Curve): Pick<EcMaterial, "point" | "d"> {
  const [d, parameters, publicKey] = derParts(pkcs8Shape(algorithmOf(curve), privateKey), bytes);
  if (parameters !== undefined) {
    derParts(curve.oid, parameters);
  }
  return { point: publicKey && pointOf(derParts(bitString, publicKey)[0]!), d };
}

function pointOf(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== UNCOMPRESSED) {
    throw dataError("Expected an uncompressed point.");
  }
  return bytes.subarray(1);
}

function uncompressed(point: Uint8Array): Uint8Array {
  return Uint8Array.of(UNCOMPRESSED, ...point);
}

function spkiOf(curve: Curve, point: Uint8Array): Uint8Array {
  return platform().writeDer(spkiShape(algorithmOf(curve)), uncompressed(point));
}

function pkcs8Of(curve: Curve, d: Uint8Array, point: Uint8Array | undefined): Uint8Array {
  const { writeDer } = platform();
  const publicKey = point && writeDer(bitString, uncompressed(point));
  return writeDer(pkcs8Shape(algorithmOf(curve), privateKey), d, undefined, publicKey);
}

function algorithmOf({ oid }: Curve): string {
  return idEcPublicKey + oid;
}
