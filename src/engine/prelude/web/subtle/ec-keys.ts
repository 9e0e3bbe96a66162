/** Keys of ECDSA: RFC 5480 (public), RFC 5915 in PKCS #8 (private), JWK (RFC 7518, section 6.2), points (SEC 1, section 2.3.3). */
import { domString } from "../web-idl.js";
import type { KeyData, KeyFormat } from "./algorithms.js";
import { dataError, notSupported, operationError } from "./crypto-errors.js";
import { type CryptoKey, checkType, checkUsages, type Key, type KeyUsage, makeKey } from "./crypto-key.js";
import { type Curve, curveNamed, isOnCurve } from "./curves.js";
import { BIT_STRING, DerReader, element, OCTET_STRING, SEQUENCE } from "./der.js";
import { HostKey } from "./host-signatures.js";
import { checkJwk, type JsonWebKey, jwkBytes, jwkOf } from "./jwk.js";

const idEcPublicKey = [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const VERSION_0 = [0x02, 0x01, 0x00];
const VERSION_1 = [0x02, 0x01, 0x01];
const UNCOMPRESSED = 4;
/** The members of ECPrivateKey that may be left out. */
const PARAMETERS = 0xa0;
const PUBLIC_KEY = 0xa1;
/** Of PKCS #8. */
const ATTRIBUTES = 0xa0;

export interface EcMaterial {
  readonly curve: Curve;
  /** x and y; undefined where a private key came without them. */
  readonly point: Uint8Array | undefined;
  readonly d: Uint8Array | undefined;
  readonly host: HostKey;
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
  const host = new HostKey(!HAS_SUBTLE || d === undefined ? spkiOf(curve, point!) : pkcs8Of(curve, d, point));
  const material: EcMaterial = { curve, point, d, host };
  const algorithm = { name, namedCurve: curve.name };
  return makeKey(isPrivate ? "private" : "public", material, algorithm, extractable, usages);
}

export function exportEcKey(format: KeyFormat, { type, material, usages }: Key): Uint8Array | JsonWebKey | undefined {
  const { curve, point, d, host } = material as EcMaterial;
  if (format === "jwk") {
    if (point === undefined) {
      throw operationError("The key was imported without its public point, which a JWK needs.");
    }
    const [x, y] = [point.subarray(0, curve.bytes), point.subarray(curve.bytes)];
    return jwkOf(usages, { kty: "EC", crv: curve.name }, { x, y, ...(d && { d }) });
  }
  checkType(format, type);
  return format === "raw" ? Uint8Array.of(UNCOMPRESSED, ...point!) : host.der.slice();
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
    case "spki": {
      const outer = new DerReader(data.bytes);
      const info = outer.inside(SEQUENCE);
      outer.end();
      expectAlgorithm(info, curve);
      const point = pointOf(info.bits());
      info.end();
      return { point, d: undefined };
    }
    default:
      if (!HAS_SUBTLE) {
        throw notSupported("Keys that sign.");
      }
      return privateParts(data.bytes, curve);
  }
}

function privateParts(bytes: Uint8Array, curve: Curve): Pick<EcMaterial, "point" | "d"> {
  const outer = new DerReader(bytes);
  const info = outer.inside(SEQUENCE);
  outer.end();
  info.expect(VERSION_0);
  expectAlgorithm(info, curve);
  const octets = info.inside(OCTET_STRING);
  if (info.has(ATTRIBUTES)) {
    info.content(ATTRIBUTES);
  }
  info.end();
  const key = octets.inside(SEQUENCE);
  octets.end();
  key.expect(VERSION_1);
  const d = key.content(OCTET_STRING);
  if (key.has(PARAMETERS)) {
    const parameters = key.inside(PARAMETERS);
    parameters.expect(curve.oid);
    parameters.end();
  }
  let point: Uint8Array | undefined;
  if (key.has(PUBLIC_KEY)) {
    const inner = key.inside(PUBLIC_KEY);
    point = pointOf(inner.bits());
    inner.end();
  }
  key.end();
  return { point, d };
}

function expectAlgorithm(info: DerReader, { oid }: Curve): void {
  const algorithm = info.inside(SEQUENCE);
  algorithm.expect(idEcPublicKey);
  algorithm.expect(oid);
  algorithm.end();
}

function pointOf(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== UNCOMPRESSED) {
    throw dataError("Expected an uncompressed point.");
  }
  return bytes.subarray(1);
}

function spkiOf(curve: Curve, point: Uint8Array): Uint8Array {
  return element(SEQUENCE, algorithmOf(curve), bitsOf(point));
}

function pkcs8Of(curve: Curve, d: Uint8Array, point: Uint8Array | undefined): Uint8Array {
  const publicKey = point === undefined ? [] : element(PUBLIC_KEY, bitsOf(point));
  const key = element(SEQUENCE, VERSION_1, element(OCTET_STRING, d), publicKey);
  return element(SEQUENCE, VERSION_0, algorithmOf(curve), element(OCTET_STRING, key));
}

function algorithmOf({ oid }: Curve): Uint8Array {
  return element(SEQUENCE, idEcPublicKey, oid);
}

function bitsOf(point: Uint8Array): Uint8Array {
  return element(BIT_STRING, [0, UNCOMPRESSED], point);
}
