/** What is said of a late edit. */
import type { LateEdit } from "./find-late-edits.js";

/** What is wrong and what to do, a sentence without its stop. `line` is that of the call that came before. */
export function lateEditText({ call, consumer }: LateEdit, line: number): string {
  return `${call} after ${consumer} in line ${line} always fails (STATE_CONSUMED): ${cure(call, consumer)}`;
}

function cure(call: string, consumer: string): string {
  if (call.endsWith(".sendResponse()")) {
    return consumer === keepsHead
      ? "change status, headers and body (setBody) of what that gave instead"
      : `call it before, or await ${keepsHead} in its place and change status, headers and body (setBody) of what it gives`;
  }
  if (/into\w+State\(\)$/.test(call)) {
    return `a message moves on once; ${keepsHead} alone gives headers and body, both changeable`;
  }
  return `make the change before, or await ${keepsHead} in its place: status, headers and body (setBody) of what it gives can be changed`;
}

const keepsHead = "intoHeadersBodyState()";
