/**
 * The globals of a policy, on every engine: the language (ES2023), `engine-globals.d.ts`, and these. No Node, no DOM.
 * `tsconfig.policy.json` brings them in.
 */
import type { Response as SluiceResponse } from "sluice";

declare global {
  /** Sluice's `Response`, the same class as `import { Response } from "sluice"`. */
  const Response: typeof SluiceResponse;
  type Response = SluiceResponse;

  /** Writes to the policy's log. */
  interface Console {
    debug(...values: unknown[]): void;
    /** The same as `info`. */
    log(...values: unknown[]): void;
    info(...values: unknown[]): void;
    warn(...values: unknown[]): void;
    error(...values: unknown[]): void;
  }
  const console: Console;

  /** Runs `callback(...args)` once after `milliseconds`, default 0. In a filter, awaiting `clock.sleep` is simpler. */
  function setTimeout<Arguments extends unknown[]>(
    callback: (...args: Arguments) => void,
    milliseconds?: number,
    ...args: Arguments
  ): number;
  /** Cancels a timer; nothing happens when it has run or never was. */
  function clearTimeout(timer: number | undefined): void;

  /**
   * Not here.
   * @deprecated Write await upstream(context, name).fetch(path), where upstream is imported from sluice/upstream.
   */
  function fetch(
    this: "write await upstream(context, name).fetch(path), where upstream is imported from sluice/upstream",
    ...rest: unknown[]
    // oxlint-disable-next-line typescript/no-explicit-any -- the call itself is the one complaint
  ): any;

  interface AbortSignalConstructor {
    /** A signal that is aborted with a `TimeoutError` after so many milliseconds. */
    timeout(milliseconds: number): AbortSignal;
  }

  /** The header lists of the web. Those of requests and responses are of Sluice's own class: see `request.headers`. */
  interface Headers extends Iterable<[name: string, value: string]> {
    append(name: string, value: string): void;
    delete(name: string): void;
    /** All values, joined by a comma and a space; null where there is none. */
    get(name: string): string | null;
    /** The values of `set-cookie`, which must not be joined. */
    getSetCookie(): string[];
    has(name: string): boolean;
    set(name: string, value: string): void;
    /** By name. */
    entries(): IterableIterator<[name: string, value: string]>;
    keys(): IterableIterator<string>;
    values(): IterableIterator<string>;
    forEach(callback: (value: string, name: string, headers: Headers) => void): void;
  }
  const Headers: {
    readonly prototype: Headers;
    /** Throws a TypeError for a name or value that no header can have. */
    new (init?: Iterable<readonly [name: string, value: string]> | Readonly<Record<string, string>>): Headers;
  };
}
