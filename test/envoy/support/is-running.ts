import { readFileSync } from "node:fs";

/** Whether there is such a process, other than one that has ended and that nobody has asked about yet. */
export function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
