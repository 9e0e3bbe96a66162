import { definePolicy } from "sluice";
import * as v from "valibot";

/** Leaves its name on requests and responses. */
export default definePolicy({
  config: v.object({ name: v.string() }),
  onRequest(request, { config }) {
    request.headers.append("x-passed", config.name);
  },
  onResponse(response, { config }) {
    response.headers.append("x-passed", config.name);
  },
});
