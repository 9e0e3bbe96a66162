/**
 * What is true while an event runs. Events are never nested, so it is one object for all; engines that call filters by themselves
 * write it, too (see `prepared-exchange.ts`).
 */
import type { Logger } from "../policy/logger.js";
import type { Timers } from "./timers.js";
import type { UseStats } from "./use-stats.js";

/** Code that runs. */
export interface Running {
  /** Of its context. */
  readonly id: number;
  /** Whose it is, for engines that tell uses of policies apart. */
  readonly user: number;
  /** Code of it was ended by force: nothing of it goes on. */
  readonly cutOff?: boolean;
  readonly logger: Logger;
  readonly timers: Timers;
  readonly stats: UseStats;
  /** The engine shall know whose code runs, in case it takes too long. */
  tellEngine(): void;
  /** Code that may run when the exchange is over belongs to it. */
  handsOver(): void;
  /** The engine has ended code of it by force, which nobody waited for. */
  lateCodeCutOff(stack: string): void;
  /** Writes what was thrown to the log, with its stack in the policy's own files. */
  logThrown(message: string, error: unknown): void;
}

export interface CurrentEvent {
  /** Whose code runs. */
  running: Running | undefined;
  /** Whose code ran last. */
  lastRunning: Running | undefined;
  /** The message whose event it is. */
  message: object | undefined;
  /** The exchange whose event it is, where the guest does not have it among those that it keeps. */
  starting: { readonly id: number; onCutOff(stack: string): void } | undefined;
  /** A filter has been called and has not returned: the lowered async function that is called next may be its own. */
  filterCalled: boolean;
  /** What that function made. */
  frame: object | undefined;
}

export const currentEvent: CurrentEvent = {
  running: undefined,
  lastRunning: undefined,
  message: undefined,
  starting: undefined,
  filterCalled: false,
  frame: undefined,
};
