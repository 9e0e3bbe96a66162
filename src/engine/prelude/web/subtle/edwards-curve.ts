/** Edwards25519 (RFC 8032, section 5.1): -x² + y² = 1 + d x² y² modulo p. */
import { bytesOf, integerFrom } from "./integers.js";

const BYTES = 32;

const p = 2n ** 255n - 19n;
const d = fraction(-121665n, 121666n);
/** Its square is -1. */
const root = power(2n, (p - 1n) / 4n);
/** The base point's y is 4/5, its x is even. */
const baseY = fraction(4n, 5n);
/** How many multiples the base point has. */
export const order = 2n ** 252n + 27742317777372353535851937790883648493n;

/** What the bridge computes with: twice the constant, and the base point. */
export const curveConstants = Uint8Array.of(
  ...littleEndian((2n * d) % p),
  ...littleEndian(xOf(baseY, 0n)!),
  ...littleEndian(baseY),
);

/** The point that the 32 bytes stand for, with its sign changed: x and y. undefined: there is none. */
export function negatedPoint(encoded: Uint8Array): Uint8Array | undefined {
  const integer = fromLittleEndian(encoded);
  const [y, sign] = [BigInt.asUintN(255, integer), integer >> 255n];
  const x = y < p ? xOf(y, sign) : undefined;
  return x === undefined ? undefined : Uint8Array.of(...littleEndian((p - x) % p), ...littleEndian(y));
}

export function littleEndian(integer: bigint): Uint8Array {
  return bytesOf(integer, BYTES)!.reverse();
}

export function fromLittleEndian(bytes: Uint8Array): bigint {
  return integerFrom(bytes.slice().reverse());
}

/** Section 5.1.3. */
function xOf(y: bigint, sign: bigint): bigint | undefined {
  const square = (y * y) % p;
  const [u, v] = [(square - 1n + p) % p, (d * square + 1n) % p];
  const third = (v * v * v) % p;
  let x = (u * third * power((u * third * third * v) % p, (p - 5n) / 8n)) % p;
  const found = (v * x * x) % p;
  if (found === (p - u) % p) {
    x = (x * root) % p;
  } else if (found !== u) {
    return undefined;
  }
  if (x === 0n && sign === 1n) {
    return undefined;
  }
  return (x & 1n) === sign ? x : p - x;
}

function fraction(numerator: bigint, denominator: bigint): bigint {
  return (((numerator + p) % p) * power(denominator, p - 2n)) % p;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % p;
    if (bit === "1") {
      result = (result * base) % p;
    }
  }
  return result;
}
