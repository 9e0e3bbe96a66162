import { definePolicy, Response } from "sluice";
import { reportedViolation, reportViolation } from "sluice/violations";
import * as v from "valibot";

/** Tells the upstream what was reported before, and reports. */
export default definePolicy({
  config: v.object({
    report: v.optional(
      v.object({
        kind: v.exactOptional(v.picklist(["violation", "error"])),
        clientName: v.exactOptional(v.string()),
        clientId: v.exactOptional(v.string()),
      }),
    ),
    answer: v.optional(v.boolean(), false),
  }),

  onRequest(request, context) {
    const { config } = context;
    request.headers.set("x-reported", JSON.stringify(reportedViolation(context) ?? null));
    if (config.report !== undefined) {
      reportViolation(context, config.report);
    }
    if (config.answer) {
      return new Response(403);
    }
  },
});
