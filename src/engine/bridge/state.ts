/**
 * Everything the bridge remembers. The snapshot writes exported mutable globals back into the module, so every mutable global
 * of the bridge is here, and `main.ts` exports them all.
 */
import { quickjs_set_effective_context, quickjs_set_owner, UNDEFINED } from "./quickjs";

export let runtime: usize = 0;
export let context: usize = 0;
/** The module is being initialised in Node. */
export let building: bool = true;

/** 64 bytes for out-parameters of a single call. */
export let scratch: usize = 0;
/** Where arguments and results of hostcalls lie; see `crossing.ts`. */
export let crossings: usize = 0;
/** Arguments of a call into JavaScript: room for 8 values. */
export let callArguments: usize = 0;
/** The guest, and its functions as an array of JS values, in the order of `guestFunctionNames`. */
export let guest: i64 = UNDEFINED;
export let guestFunctions: usize = 0;
/** JavaScript that turns an error into a line for the log. */
export let describeError: i64 = UNDEFINED;

/** JavaScript that remembers promises which are rejected and handled by nobody, and that logs them. */
export let trackRejection: i64 = UNDEFINED;
export let reportRejections: i64 = UNDEFINED;
export let rejectionsTracked: bool = false;

/** The context whose event is running, and its half of the exchange (-1: an event of no stream). */
export let runningContext: i32 = 0;
export let runningStream: i32 = -1;
/** The context on which hostcalls act. */
export let effectiveContext: i32 = 0;
/** The guest let the running stream go on; see `continueStream`. */
export let continueRequested: bool = false;

/** The table of stream contexts; see `contexts.ts`. */
export let contextTable: usize = 0;
export let contextCapacity: i32 = 0;
export let contextCount: i32 = 0;

/** How many contexts of policies there are. */
export let rootCount: i32 = 0;

/** The first of the policies' contexts that have prepared an exchange; see `prepared.ts`. */
export let preparedRoots: usize = 0;

/** The answer that the guest is about to send is to be kept; and what was kept. See `answers.ts`. */
export let keepsAnswer: bool = false;
export let keptAnswer: usize = 0;

/** How long the code of one event may run, and that of the running one; when it must end, 0 until that is known. */
export let callbackNanoseconds: u64 = 0;
export let eventNanoseconds: u64 = 0;
export let deadline: u64 = 0;
/** Code has been ended since the event began. */
export let cutOff: bool = false;
/** Who has done most of the event's work so far, by how much more than all others; and all that was done. */
export let suspect: i32 = 0;
export let lead: i64 = 0;
export let workDone: i64 = 0;
/** Bytes of the heap from which on garbage is looked for after an event at the latest. */
export let largestThreshold: usize = 0;

/** Bytes of arrays whose memory QuickJS does not count, and how many of them start a search for garbage. */
export let adoptedBytes: usize = 0;
export let adoptedThreshold: usize = 0;

/** The guest has failed the exchange whose event is running, because its code was cut off. */
export let stopped: bool = false;

/** State of `Math.random`; drawn from the host at first use, never in the snapshot. */
export let randomState: u64 = 0;
export let randomSeeded: bool = false;

export function setRuntime(newRuntime: usize, newContext: usize): void {
  runtime = newRuntime;
  context = newContext;
}

export function setAreas(newScratch: usize, newCrossings: usize, newArguments: usize, newFunctions: usize): void {
  scratch = newScratch;
  crossings = newCrossings;
  callArguments = newArguments;
  guestFunctions = newFunctions;
}

export function setGuest(value: i64): void {
  guest = value;
}

export function setErrorFunctions(describe: i64, track: i64, report: i64): void {
  describeError = describe;
  trackRejection = track;
  reportRejections = report;
}

export function setRejectionsTracked(value: bool): void {
  rejectionsTracked = value;
}

export function setBuilt(): void {
  building = false;
}

export function enterEvent(contextId: i32, stream: i32): void {
  runningContext = contextId;
  runningStream = stream;
  quickjs_set_owner(stream < 0 ? 0 : contextId);
  setEffective(contextId);
  continueRequested = false;
}

export function leaveEvent(): void {
  runningStream = -1;
}

export function setEffective(contextId: i32): void {
  effectiveContext = contextId;
  quickjs_set_effective_context(contextId);
}

export function requestContinue(): void {
  continueRequested = true;
}

export function setContextTable(table: usize, capacity: i32): void {
  contextTable = table;
  contextCapacity = capacity;
}

export function setContextCount(count: i32): void {
  contextCount = count;
}

export function setAdoptedBytes(bytes: usize): void {
  adoptedBytes = bytes;
}

export function setAdoptedThreshold(bytes: usize): void {
  adoptedThreshold = bytes;
}

export function setLargestThreshold(bytes: usize): void {
  largestThreshold = bytes;
}

export function setRootCount(count: i32): void {
  rootCount = count;
}

export function setPreparedRoots(first: usize): void {
  preparedRoots = first;
}

export function setKeepsAnswer(value: bool): void {
  keepsAnswer = value;
}

export function setKeptAnswer(answer: usize): void {
  keptAnswer = answer;
}

export function setCallbackNanoseconds(nanoseconds: u64): void {
  callbackNanoseconds = nanoseconds;
}

export function setEventNanoseconds(nanoseconds: u64): void {
  eventNanoseconds = nanoseconds;
}

export function setDeadline(time: u64): void {
  deadline = time;
}

export function setCutOff(value: bool): void {
  cutOff = value;
}

export function setSuspect(exchange: i32, work: i64): void {
  suspect = exchange;
  lead = work;
}

export function setWorkDone(work: i64): void {
  workDone = work;
}

export function setStopped(value: bool): void {
  stopped = value;
}

export function setRandom(state: u64, seeded: bool): void {
  randomState = state;
  randomSeeded = seeded;
}
