/**
 * The web's globals that policies and the code that drives them have on every engine, besides the language (ES2023).
 * A script, not a module: what it declares is global.
 */

/** Runs `callback` after the code that is running now, before anything else. */
declare function queueMicrotask(callback: () => void): void;

interface Performance {
  /** Milliseconds of a clock that never goes back, for durations. 0 while the policy is loaded in a module. */
  now(): number;
  /** The moment from which `now()` counts, in milliseconds since the epoch. */
  readonly timeOrigin: number;
}
declare const performance: Performance;

/** Text to UTF-8. */
interface TextEncoder {
  readonly encoding: string;
  encode(text?: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, target: Uint8Array): { read: number; written: number };
}
declare const TextEncoder: {
  readonly prototype: TextEncoder;
  new (): TextEncoder;
};

/** UTF-8, UTF-16 or windows-1252 (ISO-8859-1) to text; no other encoding. */
interface TextDecoder {
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}
declare const TextDecoder: {
  readonly prototype: TextDecoder;
  new (label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }): TextDecoder;
};

/** Bytes, one char each, to Base64. */
declare function btoa(bytes: string): string;
/** Base64 to bytes, one char each. */
declare function atob(base64: string): string;

/** The errors of the web's APIs, by name: `AbortError` … */
interface DOMException extends Error {
  readonly name: string;
  /** The number that the name had before it had a name; 0 for those that never did. */
  readonly code: number;
}
declare const DOMException: {
  readonly prototype: DOMException;
  new (message?: string, name?: string): DOMException;
};

/** What listeners of an `AbortSignal` get. */
interface AbortEvent {
  readonly type: "abort";
  readonly target: AbortSignal;
  readonly currentTarget: AbortSignal;
}

/** Tells that something is no longer wanted; see `signal` in a filter's context. */
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  onabort: ((event: AbortEvent) => void) | null;
  throwIfAborted(): void;
  /** `options.signal` removes the listener when it is aborted. What a listener throws goes to the log. */
  addEventListener(
    type: "abort",
    listener: (event: AbortEvent) => void,
    options?: { once?: boolean; signal?: AbortSignal },
  ): void;
  removeEventListener(type: "abort", listener: (event: AbortEvent) => void): void;
}
interface AbortSignalConstructor {
  readonly prototype: AbortSignal;
  /** A signal that is aborted already. */
  abort(reason?: unknown): AbortSignal;
  /** A signal that is aborted when one of these is. */
  any(signals: Iterable<AbortSignal>): AbortSignal;
}
declare const AbortSignal: AbortSignalConstructor;

/** Makes an `AbortSignal` and aborts it. */
interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
declare const AbortController: {
  readonly prototype: AbortController;
  new (): AbortController;
};

/** A copy of everything that a value holds, cycles included. Throws a `DataCloneError` for functions, symbols, promises. */
declare function structuredClone<T>(value: T): T;

/** An absolute URL in its parts; changing one changes the others. */
interface URL {
  href: string;
  readonly origin: string;
  /** With the colon. */
  protocol: string;
  username: string;
  password: string;
  /** With the port, where it is not the usual one. */
  host: string;
  hostname: string;
  port: string;
  pathname: string;
  /** Empty, or with the question mark. */
  search: string;
  /** The search as a list; changes of it change the URL. */
  readonly searchParams: URLSearchParams;
  /** Empty, or with the number sign. */
  hash: string;
  toString(): string;
  toJSON(): string;
}
declare const URL: {
  readonly prototype: URL;
  /** Throws a TypeError when it is no URL, or a relative one without a base. */
  new (url: string | URL, base?: string | URL): URL;
  /** Whether the constructor would not throw. */
  canParse(url: string | URL, base?: string | URL): boolean;
};

/** Names and values of a query, in order, with repetitions. */
interface URLSearchParams extends Iterable<[name: string, value: string]> {
  readonly size: number;
  append(name: string, value: string): void;
  /** Without a value: all of that name. */
  delete(name: string, value?: string): void;
  /** The first value. */
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string, value?: string): boolean;
  /** In place of all values of that name. */
  set(name: string, value: string): void;
  /** By name. */
  sort(): void;
  entries(): IterableIterator<[name: string, value: string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  forEach(callback: (value: string, name: string, params: URLSearchParams) => void): void;
  /** The query without a question mark. */
  toString(): string;
}
declare const URLSearchParams: {
  readonly prototype: URLSearchParams;
  /** From a query, with or without its question mark, from pairs, or from an object. */
  new (
    init?: string | Iterable<readonly [name: string, value: string]> | Readonly<Record<string, string>>,
  ): URLSearchParams;
};

/** Bytes: a buffer or a view of one. */
type BufferSource = ArrayBuffer | ArrayBufferView;

type KeyUsage = "encrypt" | "decrypt" | "sign" | "verify" | "deriveKey" | "deriveBits" | "wrapKey" | "unwrapKey";

/** A hash function by its name: SHA-1 and the SHA-2 family. */
type HashAlgorithm = "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512" | { name: string };

/** Parameters of a key of HMAC. `length` is in bits: a multiple of 8; default: the key's own, or the hash's block. */
interface HmacKeyParams {
  name: "HMAC";
  hash: HashAlgorithm;
  length?: number;
}

/** Parameters of a derivation with HKDF (RFC 5869). */
interface HkdfParams {
  name: "HKDF";
  hash: HashAlgorithm;
  salt: BufferSource;
  info: BufferSource;
}

/** Parameters of a derivation with PBKDF2 (RFC 8018). */
interface Pbkdf2Params {
  name: "PBKDF2";
  hash: HashAlgorithm;
  salt: BufferSource;
  iterations: number;
}

/** A key that others are derived from. */
type DerivationName = "HKDF" | "PBKDF2";

/** Algorithms whose keys have no parameters. */
type UnparameterisedName = DerivationName | "AES-GCM" | "Ed25519";

/** Parameters of a key of AES-GCM that is made. */
interface AesKeyParams {
  name: "AES-GCM";
  length: 128 | 192 | 256;
}

/** Parameters of encryption with AES-GCM: the tag is behind the data. `iv`: 12 bytes, never the same twice with one key. */
interface AesGcmParams {
  name: "AES-GCM";
  iv: BufferSource;
  additionalData?: BufferSource;
  /** In bits; default 128. */
  tagLength?: number;
}

/** Parameters of keys of RSA (RFC 8017). */
interface RsaHashedImportParams {
  name: "RSASSA-PKCS1-v1_5" | "RSA-PSS";
  hash: HashAlgorithm;
}

/** Parameters of keys of ECDSA. */
interface EcKeyImportParams {
  name: "ECDSA";
  namedCurve: "P-256" | "P-384" | "P-521";
}

/** Parameters of signatures with ECDSA: r and s one behind the other, not DER. */
interface EcdsaParams {
  name: "ECDSA";
  hash: HashAlgorithm;
}

type SignatureAlgorithm = "HMAC" | "RSASSA-PKCS1-v1_5" | { readonly name: "HMAC" | "RSASSA-PKCS1-v1_5" } | EcdsaParams;

/** A JSON Web Key (RFC 7517) of type `oct`, `RSA` or `EC`. Members that hold bytes are in Base64url. */
interface JsonWebKey {
  kty?: string;
  k?: string;
  n?: string;
  e?: string;
  d?: string;
  p?: string;
  q?: string;
  dp?: string;
  dq?: string;
  qi?: string;
  crv?: string;
  x?: string;
  y?: string;
  alg?: string;
  use?: string;
  ext?: boolean;
  key_ops?: string[];
}

interface KeyAlgorithm {
  readonly name: string;
  readonly hash?: { readonly name: string };
  readonly length?: number;
  readonly modulusLength?: number;
  readonly publicExponent?: Uint8Array;
  readonly namedCurve?: string;
}

/** A key that only `crypto.subtle` can look into. */
interface CryptoKey {
  readonly type: "secret" | "public" | "private";
  readonly extractable: boolean;
  readonly algorithm: KeyAlgorithm;
  readonly usages: KeyUsage[];
}
declare const CryptoKey: {
  readonly prototype: CryptoKey;
};

/** Web Cryptography; algorithms that are not declared here reject with a `NotSupportedError`. */
interface SubtleCrypto {
  digest(algorithm: HashAlgorithm, data: BufferSource): Promise<ArrayBuffer>;
  importKey(
    format: "raw",
    data: BufferSource,
    algorithm: HmacKeyParams | EcKeyImportParams | UnparameterisedName | { name: UnparameterisedName },
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey>;
  importKey(
    format: "spki" | "pkcs8",
    data: BufferSource,
    algorithm: RsaHashedImportParams | EcKeyImportParams | "Ed25519" | { name: "Ed25519" },
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey>;
  importKey(
    format: "jwk",
    data: JsonWebKey,
    algorithm:
      | HmacKeyParams
      | RsaHashedImportParams
      | EcKeyImportParams
      | "AES-GCM"
      | "Ed25519"
      | { name: "AES-GCM" | "Ed25519" },
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey>;
  exportKey(format: "raw" | "spki" | "pkcs8", key: CryptoKey): Promise<ArrayBuffer>;
  exportKey(format: "jwk", key: CryptoKey): Promise<JsonWebKey>;
  generateKey(
    algorithm: HmacKeyParams | AesKeyParams,
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey>;
  /** Not with RSA-PSS and Ed25519, which a module verifies alone. */
  sign(algorithm: SignatureAlgorithm, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>;
  /** With HMAC it compares in a time that does not depend on the signature. */
  verify(
    algorithm: SignatureAlgorithm | RsaPssParams | "Ed25519" | { name: "Ed25519" },
    key: CryptoKey,
    signature: BufferSource,
    data: BufferSource,
  ): Promise<boolean>;
  encrypt(algorithm: AesGcmParams, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>;
  /** An `OperationError` where the data are not what was encrypted. */
  decrypt(algorithm: AesGcmParams, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>;
  /** `length` in bits: a multiple of 8. */
  deriveBits(algorithm: HkdfParams | Pbkdf2Params, key: CryptoKey, length: number): Promise<ArrayBuffer>;
  deriveKey(
    algorithm: HkdfParams | Pbkdf2Params,
    key: CryptoKey,
    derivedAlgorithm: HmacKeyParams | AesKeyParams,
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey>;
}

type IntegerArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** Random values and cryptography. Nothing random can be had while the policy is loaded: ask in `configure` or a filter. */
interface Crypto {
  readonly subtle: SubtleCrypto;
  /** Fills and returns the array: at most 65,536 bytes, else a `QuotaExceededError`. */
  getRandomValues<T extends IntegerArray>(array: T): T;
  /** A random UUID (version 4). */
  randomUUID(): string;
}
declare const crypto: Crypto;
