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

  /** Runs `callback` once after `milliseconds`, default 0. In a filter, awaiting `clock.sleep` is simpler. */
  function setTimeout(callback: () => void, milliseconds?: number): number;
  /** Cancels a timer; nothing happens when it has run or never was. */
  function clearTimeout(timer: number | undefined): void;
}
