/** The built command line as a child process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface CliOptions {
  /** Working directory. */
  cwd: string;
  environment?: Record<string, string>;
  /** For node itself. */
  nodeArguments?: string[];
  /** Another program than the command line. */
  program?: string;
  /** A descriptor for standard error, in place of what `stderr` collects. */
  standardError?: number;
}

/** A running `sluice`; dispose of it at the end of the test. */
export class CliProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | string>;
  #ended = false;
  readonly #waiting: (() => void)[] = [];
  stdout = "";
  stderr = "";

  constructor(args: string[], { cwd, environment, nodeArguments = [], program = main, standardError }: CliOptions) {
    this.#child = spawn(process.execPath, [...nodeArguments, program, ...args], {
      cwd,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", standardError ?? "pipe"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#wake();
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      this.#wake();
    });
    this.#exit = once(this.#child, "close").then(([code, signal]) => {
      this.#ended = true;
      this.#wake();
      return (code as number | null) ?? (signal as string);
    });
  }

  /** The exit code, or the signal that ended it. */
  exit(): Promise<number | string> {
    return this.#exit;
  }

  /** The first match in what it has written, or will write. */
  async output(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
      if (found !== null) {
        return found;
      }
      if (this.#ended) {
        throw new Error(`It ended without writing ${String(pattern)}:\n${this.stdout}\n${this.stderr}`);
      }
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  /** Where the gateway listens. */
  async url(): Promise<string> {
    return (await this.output(/ on (http:\/\/[\d.]+:\d+)/))[1]!;
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) {
      wake();
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exit;
    const warning = /^.*(?:MaxListenersExceeded|Deprecation)Warning: .*$/m.exec(this.stderr);
    if (warning !== null) {
      throw new Error(warning[0]);
    }
  }
}
