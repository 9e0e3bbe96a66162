/** The hash functions that Web Cryptography has: SHA-1 and SHA-2 (FIPS 180-4). */
export const hashNames = ["SHA-1", "SHA-256", "SHA-384", "SHA-512"] as const;

export type HashName = (typeof hashNames)[number];
