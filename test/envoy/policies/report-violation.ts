import { definePolicy } from "sluice";
import { reportedViolation, reportViolation } from "sluice/violations";

/** Reports requests that have a client's name; later uses of it tell the upstream what was reported before. */
export default definePolicy({
  onRequest(request, context) {
    request.headers.set("x-reported", JSON.stringify(reportedViolation(context) ?? null));
    const clientName = request.headers.get("x-client-name");
    if (clientName !== null) {
      reportViolation(context, { clientName, clientId: "7" });
    }
  },
});
