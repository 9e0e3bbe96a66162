/** How large a head is, as the limits of heads count. */
import { messageHeadBytes, messageHeadFields } from "../abi/head-limits.js";

/** What makes a head, or trailers, too large; undefined where nothing does. `raw` is name, value, name, value … */
export function headExcess(startLineBytes: number, raw: readonly string[]): string | undefined {
  if (raw.length > 2 * messageHeadFields) {
    return `more than ${messageHeadFields} fields`;
  }
  // The line's end, and the empty line.
  let bytes = startLineBytes + 4;
  for (const text of raw) {
    // `: ` after a name, the line's end after a value.
    bytes += text.length + 2;
  }
  return bytes > messageHeadBytes ? `more than ${messageHeadBytes} bytes` : undefined;
}
