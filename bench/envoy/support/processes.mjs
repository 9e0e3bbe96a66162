// Child processes, and what Linux tells about them in /proc.
import { execFile, spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

const STOP_LIMIT = 10_000;

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
process.once("exit", () => {
  for (const child of running) {
    child.kill("SIGKILL");
  }
});

/** A process that is stopped at the latest when this one ends. */
export class ChildProcess {
  #child;
  #ended;
  /** What it wrote to standard error, up to 64 KiB. */
  errors = "";

  /** @param {string} command @param {readonly string[]} args */
  constructor(command, args) {
    const child = (this.#child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] }));
    child.stderr.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      if (this.errors.length < 65_536) {
        this.errors += text;
      }
    });
    running.add(child);
    this.#ended = new Promise((resolve) => {
      child.once("exit", resolve);
      child.once("error", (error) => {
        this.errors += error.message;
        resolve(undefined);
      });
    }).then(() => running.delete(child));
  }

  get pid() {
    return this.#child.pid ?? 0;
  }

  get running() {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async stop() {
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_LIMIT);
    await this.#ended;
    clearTimeout(timer);
  }
}

/**
 * What all threads of a process have used of the CPU, and how long they were ready to run while something else did, in
 * microseconds.
 * @param {number} pid
 */
export async function cpuTimes(pid) {
  const times = { running: 0, waiting: 0 };
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const [running = 0, waiting = 0] = (await readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8"))
      .split(" ")
      .map(Number);
    times.running += running / 1e3;
    times.waiting += waiting / 1e3;
  }
  return times;
}

/** Resident memory of a process in MiB. @param {number} pid */
export async function residentMebibytes(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

/** Binds all threads of a process to one core. @param {number} pid @param {number} core */
export async function pin(pid, core) {
  await promisify(execFile)("taskset", ["--all-tasks", "--cpu-list", "--pid", String(core), String(pid)]);
}
