/** The bridge's functions by name, and the guest's functions in the order in which the bridge keeps them. */
import type { EngineServices, GuestEvents, Hostcalls, JwsFunctions } from "../../abi/port.js";

/** Put in when the prelude is built: the tables themselves would be dead weight in every module. */
declare const HOSTCALL_NAMES: readonly (keyof Hostcalls)[];
declare const GUEST_FUNCTION_NAMES: readonly (keyof GuestEvents)[];

/** The order of `platform_functions` in `src/engine/bridge`. */
const platformNames = [
  "encodeUtf8",
  "decodeUtf8",
  "random",
  "runMicrotasks",
  "keep",
  "running",
  "setLimits",
  "randomBytes",
  "beginPiece",
  "forget",
  "sha256Blocks",
  "parseJson",
  "quickenHeads",
  "editHeaderMap",
  "lockIntrinsics",
  "tellWaiting",
  "limitUse",
  "heldBytes",
  "hasRoom",
  "endModule",
  "bypassGuest",
  "flushCounts",
  "microseconds",
  "decideLimit",
  "decodeBase64",
  "encodeBase64",
  "digest",
  "pbkdf2",
  "aesGcm",
  "findFresh",
  "ed25519",
  "splitToken",
  "parseTokenPart",
  "verifySignature",
  "readDer",
  "writeDer",
] as const;

/** The order in which the bridge keeps the guest's functions. */
export const guestFunctionNames = GUEST_FUNCTION_NAMES;

/** What the platform's web APIs are built on. */
export interface PlatformFunctions extends Pick<Hostcalls, "callForeignFunction"> {
  readonly encodeUtf8: (text: string) => Uint8Array;
  /** undefined: ill-formed, and that is fatal. */
  readonly decodeUtf8: (bytes: Uint8Array, fatal: boolean) => string | undefined;
  /** From 0 to 1; undefined while the policy is loaded. */
  readonly random: () => number | undefined;
  /** Fills all bytes from the host's secure source; false while the policy is loaded. */
  readonly randomBytes: (target: Uint8Array) => boolean;
  /** Makes the language's objects, and all that are globals now, read-only. */
  readonly lockIntrinsics: () => void;
  /** Takes whole blocks into the state: eight 32-bit words, and so are the 64 constants. All are given as bytes. */
  readonly sha256Blocks: (state: Uint8Array, blocks: Uint8Array, constants: Uint8Array) => void;
  /** `chunk`: 0 loose, 1 strict, 2 stop before a partial one. undefined: it is no Base64. */
  readonly decodeBase64: (text: string, url: boolean, chunk: number) => Uint8Array<ArrayBuffer> | undefined;
  readonly encodeBase64: (bytes: Uint8Array, url: boolean, omitPadding: boolean) => string;
  /** HMAC where there is a key. `hash` is a place in `hashNames`. */
  readonly digest: (
    hash: number,
    constants: Uint8Array,
    key: Uint8Array | undefined,
    data: Uint8Array,
  ) => Uint8Array<ArrayBuffer>;
  readonly pbkdf2: (
    hash: number,
    constants: Uint8Array,
    password: Uint8Array,
    salt: Uint8Array,
    iterations: number,
    target: Uint8Array,
  ) => void;
  /** Decrypts where it does not encrypt: undefined where the tag, which is behind the data, is wrong. */
  readonly aesGcm: (
    encrypt: boolean,
    key: Uint8Array,
    iv: Uint8Array,
    additional: Uint8Array,
    tagBytes: number,
    data: Uint8Array,
  ) => Uint8Array<ArrayBuffer> | undefined;
  /** The sum of multiples of the curve's base point and of another one. `constants`: twice the curve's constant, the base point. */
  readonly ed25519: (
    constants: Uint8Array,
    point: Uint8Array,
    baseFactor: Uint8Array,
    pointFactor: Uint8Array,
  ) => Uint8Array;
  readonly splitToken: JwsFunctions["split"];
  readonly parseTokenPart: JwsFunctions["parse"];
  /**
   * The host's `verify_signature`; undefined: it has none, or does not take this key, a SubjectPublicKeyInfo.
   * `rawBytes`: as many are each of the two numbers of an ECDSA signature, which the host is given in DER; 0: the signature is as it is.
   */
  readonly verifySignature: (
    hash: string,
    key: Uint8Array,
    signature: Uint8Array,
    data: Uint8Array,
    rawBytes: number,
  ) => boolean | undefined;
  /** The parts of DER that has a shape; see `src/engine/bridge/der.c`. undefined: it has another one. */
  readonly readDer: (shape: string, der: Uint8Array) => (Uint8Array<ArrayBuffer> | undefined)[] | undefined;
  /** DER of that shape: of parts that are undefined nothing. */
  readonly writeDer: (shape: string, ...parts: readonly (Uint8Array | undefined)[]) => Uint8Array<ArrayBuffer>;
}

type Natives = Hostcalls &
  PlatformFunctions &
  Required<
    Pick<
      EngineServices,
      | "runMicrotasks"
      | "keep"
      | "forget"
      | "tellWaiting"
      | "running"
      | "beginPiece"
      | "quickenHeads"
      | "setLimits"
      | "limitUse"
      | "heldBytes"
      | "hasRoom"
      | "endModule"
      | "bypassGuest"
      | "parseJson"
      | "flushCounts"
      | "microseconds"
      | "decideLimit"
      | "findFresh"
    >
  >;

/** Names the bridge's functions. */
export function nameNatives(functions: readonly unknown[]): Natives {
  const natives: Record<string, unknown> = {};
  [...HOSTCALL_NAMES, ...platformNames].forEach((name, index) => {
    natives[name] = functions[index];
  });
  return natives as unknown as Natives;
}
