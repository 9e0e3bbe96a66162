/**
 * Everything the bridge remembers. The snapshot writes exported mutable globals back into the module, so every mutable global
 * of the bridge is here, and `main.ts` exports them all.
 */
import { UNDEFINED } from "./quickjs";

export let runtime: usize = 0;
export let context: usize = 0;

/** 64 bytes for out-parameters of a single call. */
export let scratch: usize = 0;
/** Arguments of a call into JavaScript: room for 8 values. */
export let callArguments: usize = 0;
/** The guest's functions as an array of JS values, in the order of `Event`. */
export let guestFunctions: usize = 0;
/** JavaScript that turns an error into a line for the log. */
export let describeError: i64 = UNDEFINED;

/** The context whose event is running, and its half of the exchange (-1: an event of no stream). */
export let runningContext: i32 = 0;
export let runningStream: i32 = -1;
/** The context on which hostcalls act. */
export let effectiveContext: i32 = 0;
/** The guest let the running stream go on; see `continueStream`. */
export let continueRequested: bool = false;

/** State of `Math.random`; drawn from the host at first use, never in the snapshot. */
export let randomState: u64 = 0;
export let randomSeeded: bool = false;

export function setRuntime(newRuntime: usize, newContext: usize): void {
  runtime = newRuntime;
  context = newContext;
}

export function setAreas(newScratch: usize, newArguments: usize, newFunctions: usize): void {
  scratch = newScratch;
  callArguments = newArguments;
  guestFunctions = newFunctions;
}

export function setDescribeError(fn: i64): void {
  describeError = fn;
}

export function enterEvent(contextId: i32, stream: i32): void {
  runningContext = contextId;
  runningStream = stream;
  effectiveContext = contextId;
  continueRequested = false;
}

export function leaveEvent(): void {
  runningStream = -1;
}

export function setEffective(contextId: i32): void {
  effectiveContext = contextId;
}

export function requestContinue(): void {
  continueRequested = true;
}

export function setRandom(state: u64, seeded: bool): void {
  randomState = state;
  randomSeeded = seeded;
}
