/** One log line of a guest: what it said, with the policy's name and, where there is one, route and request id. */
export interface LogRecord {
  policy: string;
  route?: string;
  request?: string;
  msg: string;
  [field: string]: unknown;
}

/** Reads a guest's line. Guests log JSON; a line that is none becomes the message. */
export function parseLogLine(policy: string, line: string): LogRecord {
  try {
    const record: unknown = JSON.parse(line);
    if (typeof record === "object" && record !== null && !Array.isArray(record)) {
      return { policy, msg: "", ...record };
    }
  } catch {
    // Falls through: it is text.
  }
  return { policy, msg: line };
}
