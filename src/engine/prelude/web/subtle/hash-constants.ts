/** The constants of SHA-2: the first 64 bits of the fractional parts of roots of primes (FIPS 180-4, sections 4.2.3 and 5.3). */

const MOST_ROUNDS = 80;

/** The cube roots of the first 80 primes, the square roots of the first 8, and those of the next 8: as the bridge has them. */
export const hashConstants = /* @__PURE__ */ computed();

function computed(): Uint8Array {
  return new Uint8Array(
    BigUint64Array.from([
      ...primes(MOST_ROUNDS).map((prime) => fraction(prime, 3n)),
      ...primes(16).map((prime) => fraction(prime, 2n)),
    ]).buffer,
  );
}

function primes(count: number): bigint[] {
  const found: bigint[] = [];
  for (let candidate = 2n; found.length < count; candidate++) {
    if (found.every((prime) => candidate % prime !== 0n)) {
      found.push(candidate);
    }
  }
  return found;
}

/** Of the root of a prime that is below 2^8; by Newton's method, from above. */
function fraction(prime: bigint, degree: bigint): bigint {
  const power = prime << (64n * degree);
  let root = 1n << 72n;
  for (;;) {
    const next = ((degree - 1n) * root + power / root ** (degree - 1n)) / degree;
    if (next >= root) {
      return BigInt.asUintN(64, root);
    }
    root = next;
  }
}
