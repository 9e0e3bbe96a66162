/**
 * What policies throw that nobody catches. In a module the engine logs it; as plain JavaScript it would end the process: Node
 * raises it as `uncaughtException` or `unhandledRejection`. While native policies run, what comes from their code is logged, and
 * everything else takes the course that it takes without them.
 */
import { LogLevel } from "../../abi/constants.js";
import type { GuestEvents } from "../../abi/port.js";
import { redactLong } from "../../redact.js";
import { isError, longestFrame, messageOf, read, stackOf } from "../../thrown.js";
import type { LogRecord } from "../log-record.js";

/** A policy whose code runs in this process. */
export interface NativeCode {
  readonly name: string;
  /** What stacks call its bundle. */
  readonly filename: string;
  readonly guest: Pick<GuestEvents, "onUnhandled">;
  onLog(level: LogLevel, record: LogRecord): void;
}

const running = new Set<NativeCode>();
let listening = false;

/** From now on its errors are logged. Returns what ends that. */
export function logUnhandledErrors(code: NativeCode): () => void {
  running.add(code);
  listen();
  return () => {
    // What it rejects while it is closed is raised when this turn is over.
    setImmediate(() => {
      running.delete(code);
      if (running.size === 0) {
        ignore();
      }
    });
  };
}

function listen(): void {
  if (!listening) {
    listening = true;
    // First of all, to step aside before others hear of what is theirs.
    process.prependListener("uncaughtException", onException);
    process.prependListener("unhandledRejection", onRejection);
  }
}

function ignore(): void {
  listening = false;
  process.off("uncaughtException", onException);
  process.off("unhandledRejection", onRejection);
}

function onException(error: unknown): void {
  if (logged(error, undefined) || stepAside("uncaughtException")) {
    return;
  }
  // It is a defect, and nobody else is there to take it: Node ends the process, with its own message and exit code.
  ignore();
  process.nextTick(() => {
    throw error;
  });
}

function onRejection(reason: unknown, promise: object): void {
  if (logged(reason, promise) || stepAside("unhandledRejection")) {
    return;
  }
  // Without listeners Node raises it so.
  process.nextTick(() => {
    throw reason;
  });
}

/**
 * Leaves an error to the other listeners. Test runners take one more listener for a sign that the error is expected, so there is
 * none until they have heard of it. false: there are no others.
 */
function stepAside(event: "uncaughtException" | "unhandledRejection"): boolean {
  if (process.listenerCount(event) < 2) {
    return false;
  }
  ignore();
  queueMicrotask(() => {
    if (running.size > 0) {
      listen();
    }
  });
  return true;
}

/** Writes it to the log of the policy whose error it is. false: it is no policy's. */
function logged(error: unknown, promise: object | undefined): boolean {
  const authors = authorsOf(error);
  // A promise that a policy made is its own, wherever the reason came from.
  const candidates = authors.length > 0 ? authors : [...running];
  if (candidates.some(({ guest }) => guest.onUnhandled?.(error, promise, false) === true)) {
    return true;
  }
  if (authors.length === 0) {
    return false;
  }
  const [first, ...others] = authors as [NativeCode, ...NativeCode[]];
  const certain = others.every(({ filename }) => filename === first.filename);
  if (certain && first.guest.onUnhandled?.(error, promise, true) === true) {
    return true;
  }
  first.onLog(LogLevel.Error, {
    policy: [...new Set(authors.map(({ name }) => name))].sort().join(", "),
    msg: `POLICY_FAILED: code of ${certain ? "this policy" : "one of these policies"} threw, and nobody caught it`,
    stack: redactLong(stackOf(error) ?? messageOf(error)),
  });
  return true;
}

/**
 * The policies whose code may have thrown it. Its stack tells; there are values without one, which only policies throw, and errors
 * that arise in Node's own code: of the system, then the gateway has missed them, or in what a policy has called.
 */
function authorsOf(error: unknown): NativeCode[] {
  const stack = stackOf(error) ?? "";
  // Of several that it may be, the one that was started last is the likeliest.
  const latest = [...running].reverse();
  const named = latest.filter(({ filename }) => stack.includes(`${filename}:`));
  if (named.length > 0) {
    return named;
  }
  return hasFileFrame(stack) || (isOfNode(error) && !isOfWebApi(stack)) ? [] : latest;
}

const frameInFile = /^ +at (?:.*\()?(?:async )?(?:file:|\/|[A-Za-z]:[\\/]).*:\d+\)?$/;

/** Some code that is in a file, and in no policy's bundle. */
function hasFileFrame(stack: string): boolean {
  return stack.split("\n").some((line) => line.length <= longestFrame && frameInFile.test(line));
}

function isOfNode(error: unknown): boolean {
  if (!isError(error)) {
    return false;
  }
  const code = read(error, "code");
  return typeof read(error, "syscall") === "string" || (typeof code === "string" && code.startsWith("ERR_"));
}

/**
 * Thrown by what a policy has of Node's: URLs, encodings, cryptography. Code of the gateway that calls these is in the stack, too; a
 * policy's is not where it made such a function a promise's reaction.
 */
function isOfWebApi(stack: string): boolean {
  return /^ +at .*\(node:internal\/(?:url|encoding|crypto\/\w+):/m.test(stack);
}
