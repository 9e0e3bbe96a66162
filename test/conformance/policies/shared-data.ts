import { definePolicy } from "sluice";
import { instancePort, type SharedData, sharedData } from "sluice/service";
import * as v from "valibot";

/** Notes the request's header `x-note` in shared data, and tells upstream and client what was there before. */
export default definePolicy({
  config: v.object({ key: v.string(), header: v.string(), shared: v.optional(v.string()) }),

  configure: (context): SharedData => sharedData(instancePort(context, "configure()"), context.config.shared),

  onRequest(request, { config, resources }) {
    const [before] = resources.get(config.key) ?? [];
    request.headers.set(config.header, before === undefined ? "nothing" : new TextDecoder().decode(before));
    const note = `${request.headers.get("x-note") ?? ""} by ${config.header}`;
    resources.set(config.key, new TextEncoder().encode(note), 0);
  },
});
