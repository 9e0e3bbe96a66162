/** The process's log: on standard error, as JSON, one object a line, or readable. */
import pino, { type Logger } from "pino";
import pretty from "pino-pretty";
import type { LogLevelName } from "../config/types.js";

/** `readable`: for people rather than for machines. */
export function createLogger(level: LogLevelName, readable: boolean): Logger {
  const destination = readable
    ? pretty({
        destination: 2,
        sync: true,
        colorize: process.stderr.isTTY,
        ignore: "pid,hostname",
        translateTime: "SYS:HH:MM:ss.l",
        singleLine: true,
      })
    : // Lines wait for one another, not exchanges for lines; pino writes what is left when the process ends.
      pino.destination({ dest: 2, sync: false });
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}
