/** A child process that ends with us, however we end. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { atExit } from "./at-exit.js";

export interface GuardedProcess {
  /** 0 when it could not be started. */
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** How it ended: `code 1`, `SIGSEGV`, or why it could not be started. Never rejects. */
  readonly ended: Promise<string>;
  /** Has no effect once it has ended. */
  kill(signal: NodeJS.Signals): void;
}

/** Ends the process that it is given the id of as soon as its standard input ends, which it does with us. */
const guard = 'while read -r _; do :; done; kill -KILL "$1"';

/**
 * Starts it in a process group of its own: what a terminal sends to ours (Ctrl-C) is for us to hand on.
 *
 * @param environment What its environment has besides ours.
 */
export function startGuarded(command: string, args: readonly string[]): GuardedProcess {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  const watcher = child.pid === undefined ? undefined : watch(child.pid);
  const forget = atExit(() => child.kill("SIGKILL"));
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => {
      resolve(error.message);
    });
    child.once("close", (code, signal) => {
      resolve(signal ?? `code ${String(code)}`);
    });
  }).finally(() => {
    forget();
    // Before the id can be somebody else's.
    watcher?.kill("SIGKILL");
  });
  return {
    pid: child.pid ?? 0,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    kill: (signal) => child.kill(signal),
  };
}

function watch(pid: number): ChildProcess {
  const watcher = spawn("/bin/sh", ["-c", guard, "sluice-guard", String(pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  // Without it we still end the child when we exit in good order.
  watcher.on("error", () => undefined);
  watcher.stdin?.on("error", () => undefined);
  watcher.unref();
  (watcher.stdin as unknown as { unref?(): void } | null)?.unref?.();
  return watcher;
}
