/** The process's log: on standard error, as JSON, one object a line, or readable. */
import pino, { type DestinationStream, type Logger } from "pino";
import pretty from "pino-pretty";
import type { LogLevelName } from "../config/types.js";
import { plainLines, plainText } from "../plain-text.js";
import { redact } from "../redact.js";
import { LineWriter } from "./line-writer.js";

/** How much of a log waits while it cannot be written. */
const waitingChars = 16_777_216;

/** `readable`: for people rather than for machines. */
export function createLogger(level: LogLevelName, readable: boolean): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // What somebody throws may quote what it was given.
      serializers: { err: (error: Error) => redact(pino.stdSerializers.err(error)) },
    },
    readable ? readableLines() : jsonLines(),
  );
}

function jsonLines(): DestinationStream {
  // Lines wait for one another, not exchanges for lines.
  const writer = new LineWriter(2, waitingChars);
  process.on("exit", () => {
    writer.flush();
  });
  return {
    write(line) {
      writer.write(plainLines(line));
    },
  };
}

function readableLines(): DestinationStream {
  // Whoever reads it may be gone: that ends nothing.
  process.stderr.on("error", ignore);
  const stream = pretty({
    destination: process.stderr,
    colorize: process.stderr.isTTY,
    ignore: "pid,hostname",
    translateTime: "SYS:HH:MM:ss.l",
    singleLine: true,
  });
  return {
    write(line) {
      stream.write(`${JSON.stringify(readableEntry(JSON.parse(line)))}\n`);
    },
  };
}

/** What is not the log's own does nothing to a terminal, and further lines of a message are indented: they cannot pass for entries. */
export function readableEntry(value: unknown, key?: string): unknown {
  if (typeof value === "string") {
    const lines = plainLines(value);
    // pino-pretty indents the lines of a stack.
    return key === "stack" ? lines : lines.replaceAll("\n", "\n    ");
  }
  if (Array.isArray(value)) {
    return value.map((item) => readableEntry(item));
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, item]) => [plainText(name), readableEntry(item, name)]))
    : value;
}

function ignore(): void {
  // There is no other place to tell it.
}
