/**
 * The web's globals that policies and the code that drives them have on every engine, besides the language (ES2023).
 * A script, not a module: what it declares is global.
 */

/** Runs `callback` after the code that is running now, before anything else. */
declare function queueMicrotask(callback: () => void): void;

interface Performance {
  /** Milliseconds since an arbitrary moment, for durations. */
  now(): number;
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

/** UTF-8 to text; no other encoding. */
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
}
declare const DOMException: {
  readonly prototype: DOMException;
  new (message?: string, name?: string): DOMException;
};

/** Tells that something is no longer wanted; see `signal` in a filter's context. */
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
declare const AbortSignal: {
  readonly prototype: AbortSignal;
  /** A signal that is aborted already. */
  abort(reason?: unknown): AbortSignal;
  /** A signal that is aborted when one of these is. */
  any(signals: Iterable<AbortSignal>): AbortSignal;
};

/** Makes an `AbortSignal` and aborts it. */
interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
declare const AbortController: {
  readonly prototype: AbortController;
  new (): AbortController;
};
