/** The curves of NIST (FIPS 186-4, appendix D.1.2): y² = x³ - 3x + b modulo p. */
import { integerFrom } from "./integers.js";

export interface Curve {
  readonly name: string;
  /** Of a coordinate. */
  readonly bytes: number;
  /** The OBJECT IDENTIFIER (RFC 5480, section 2.1.1.1), as a shape of DER. */
  readonly oid: string;
  /** The algorithm of JWKs (RFC 7518, section 3.4). */
  readonly jwkName: string;
  readonly p: bigint;
  readonly b: bigint;
}

export const curves: readonly Curve[] = [
  {
    name: "P-256",
    bytes: 32,
    oid: "=\x0a\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07",
    jwkName: "ES256",
    p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  },
  {
    name: "P-384",
    bytes: 48,
    oid: "=\x07\x06\x05\x2b\x81\x04\x00\x22",
    jwkName: "ES384",
    p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  },
  {
    name: "P-521",
    bytes: 66,
    oid: "=\x07\x06\x05\x2b\x81\x04\x00\x23",
    jwkName: "ES512",
    p: 2n ** 521n - 1n,
    b: 0x051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
  },
];

export function curveNamed(name: string): Curve | undefined {
  return curves.find((curve) => curve.name === name);
}

/** x and y, one behind the other. */
export function isOnCurve({ p, b, bytes }: Curve, point: Uint8Array): boolean {
  const [x, y] = [integerFrom(point.subarray(0, bytes)), integerFrom(point.subarray(bytes))];
  return point.length === 2 * bytes && x < p && y < p && (y * y - x * x * x + 3n * x - b) % p === 0n;
}
