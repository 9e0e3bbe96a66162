import { definePolicy } from "sluice";
import * as v from "valibot";

/** Shared by all uses of this policy. */
let requests = 0;

export default definePolicy({
  config: v.object({ name: v.string() }),

  onRequest(request, { config }) {
    requests += 1;
    request.headers.append("x-marks", config.name);
    request.headers.set("x-requests", String(requests));
  },
});
