/** Envoy's own answers, as the embedded gateway gives them: its status, and nothing about the upstream. */
import { type Json, typed } from "./json.js";

/** The upstream could not be reached, or broke off. */
const unreachable = ["UF", "UH", "UC", "UR", "LR", "UPE", "NC"];
/** It did not answer in time, or nothing moved any more. */
const timedOut = ["UT", "SI"];

/**
 * The router's own words for how it came to its answer. Where a policy answers in place of it, the flags are still those of the
 * upstream, but the details the policy's.
 */
const routersOwn = {
  extension_filter: {
    name: "envoy.access_loggers.extension_filters.cel",
    typed_config: typed("envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter", {
      expression:
        'response.code_details.startsWith("upstream_") || ' +
        'response.code_details in ["no_healthy_upstream", "cluster_not_found", "stream_idle_timeout"]',
    }),
  },
};

export function localReplies(): Json {
  const flagged = (flags: readonly string[]): Json => ({
    and_filter: { filters: [{ response_flag_filter: { flags } }, routersOwn] },
  });
  const withoutBody = { body: { inline_string: "" } };
  return {
    mappers: [
      { filter: flagged(unreachable), status_code: 502, ...withoutBody },
      { filter: flagged(timedOut), ...withoutBody },
    ],
  };
}
