import { definePolicy, Response } from "sluice";
import { cache } from "sluice/cache";

/** Looks up in a cache whether a client may pass. */
export default definePolicy({
  configure(context) {
    const known = cache<boolean>(context, "known");
    known.set("Bearer x", true, { ttl: "1h" });
    return { known };
  },

  onRequest(request, { resources: { known } }) {
    const authorization = request.headers.get("authorization");
    if (authorization === null || known.get(authorization) !== true) {
      return new Response("not known", { status: 401 });
    }
  },
});
