/** The algorithms of signatures (RFC 7518 section 3). A module carries those that its policy names, and what they need. */

/** An algorithm that tokens may be signed with. */
export interface JwtAlgorithm {
  /** Its name in a token's header. */
  readonly name: string;
  /** The only type of keys that it takes (RFC 7517 section 4.1): so no public key is ever taken for a secret. */
  readonly keyType: "oct" | "RSA" | "EC" | "OKP";
  /** The curve of its keys. */
  readonly curve?: "P-256" | "P-384" | "P-521" | "Ed25519";
  /** Bytes that a secret has at least (RFC 7518 section 3.2). */
  readonly secretBytes?: number;
  /** What keys are imported for, as `crypto.subtle` has it. */
  readonly parameters: SubtleParameters;
}

interface SubtleParameters {
  readonly name: "HMAC" | "RSASSA-PKCS1-v1_5" | "RSA-PSS" | "ECDSA" | "Ed25519";
  readonly hash?: "SHA-256" | "SHA-384" | "SHA-512";
  readonly saltLength?: number;
  readonly namedCurve?: "P-256" | "P-384" | "P-521";
}

/** HMAC with SHA-256: whoever can verify such tokens can also make them. */
export const HS256: JwtAlgorithm = {
  name: "HS256",
  keyType: "oct",
  secretBytes: 32,
  parameters: { name: "HMAC", hash: "SHA-256" },
};
/** HMAC with SHA-384. */
export const HS384: JwtAlgorithm = {
  name: "HS384",
  keyType: "oct",
  secretBytes: 48,
  parameters: { name: "HMAC", hash: "SHA-384" },
};
/** HMAC with SHA-512. */
export const HS512: JwtAlgorithm = {
  name: "HS512",
  keyType: "oct",
  secretBytes: 64,
  parameters: { name: "HMAC", hash: "SHA-512" },
};
/** RSASSA-PKCS1-v1_5 with SHA-256. */
export const RS256: JwtAlgorithm = {
  name: "RS256",
  keyType: "RSA",
  parameters: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
};
/** RSASSA-PKCS1-v1_5 with SHA-384. */
export const RS384: JwtAlgorithm = {
  name: "RS384",
  keyType: "RSA",
  parameters: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-384" },
};
/** RSASSA-PKCS1-v1_5 with SHA-512. */
export const RS512: JwtAlgorithm = {
  name: "RS512",
  keyType: "RSA",
  parameters: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-512" },
};
/** RSASSA-PSS with SHA-256. Modules verify it by themselves, which takes them some tenths of a millisecond, and do not sign with it. */
export const PS256: JwtAlgorithm = {
  name: "PS256",
  keyType: "RSA",
  parameters: { name: "RSA-PSS", hash: "SHA-256", saltLength: 32 },
};
/** RSASSA-PSS with SHA-384. Modules verify it by themselves, which takes them some tenths of a millisecond, and do not sign with it. */
export const PS384: JwtAlgorithm = {
  name: "PS384",
  keyType: "RSA",
  parameters: { name: "RSA-PSS", hash: "SHA-384", saltLength: 48 },
};
/** RSASSA-PSS with SHA-512. Modules verify it by themselves, which takes them some tenths of a millisecond, and do not sign with it. */
export const PS512: JwtAlgorithm = {
  name: "PS512",
  keyType: "RSA",
  parameters: { name: "RSA-PSS", hash: "SHA-512", saltLength: 64 },
};
/** ECDSA with P-256 and SHA-256. */
export const ES256: JwtAlgorithm = {
  name: "ES256",
  keyType: "EC",
  curve: "P-256",
  parameters: { name: "ECDSA", hash: "SHA-256", namedCurve: "P-256" },
};
/** ECDSA with P-384 and SHA-384. */
export const ES384: JwtAlgorithm = {
  name: "ES384",
  keyType: "EC",
  curve: "P-384",
  parameters: { name: "ECDSA", hash: "SHA-384", namedCurve: "P-384" },
};
/** ECDSA with P-521 and SHA-512. */
export const ES512: JwtAlgorithm = {
  name: "ES512",
  keyType: "EC",
  curve: "P-521",
  parameters: { name: "ECDSA", hash: "SHA-512", namedCurve: "P-521" },
};

/** Ed25519 by its own name (RFC 9864), as in tokens of newer issuers. Modules verify it by themselves, and do not sign with it. */
export const Ed25519: JwtAlgorithm = {
  name: "Ed25519",
  keyType: "OKP",
  curve: "Ed25519",
  parameters: { name: "Ed25519" },
};
/** Ed25519 (RFC 8037), as its name is in most tokens. Modules verify it by themselves, and do not sign with it. */
export const EdDSA: JwtAlgorithm = {
  name: "EdDSA",
  keyType: "OKP",
  curve: "Ed25519",
  parameters: { name: "Ed25519" },
};
