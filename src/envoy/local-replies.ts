/** Envoy's own answers, as the embedded gateway gives them: its status, and nothing about the upstream. */
import type { Json } from "./json.js";

/** The upstream could not be reached, or broke off. */
const unreachable = ["UF", "UH", "UC", "UR", "LR", "UPE", "NC"];
/** It did not answer in time, or nothing moved any more. */
const timedOut = ["UT", "SI"];

export function localReplies(): Json {
  const withoutBody = { body: { inline_string: "" } };
  return {
    mappers: [
      { filter: { response_flag_filter: { flags: unreachable } }, status_code: 502, ...withoutBody },
      { filter: { response_flag_filter: { flags: timedOut } }, ...withoutBody },
    ],
  };
}
