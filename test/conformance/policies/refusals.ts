/* oxlint-disable curly -- what answers are kept apart by is how they stand on lines */
import { definePolicy, Response } from "sluice";
import * as v from "valibot";

/** Answers every request, each path in another way to write an answer that may be sent again. */
export default definePolicy({
  config: v.object({ realm: v.string() }),

  onRequest({ pathname }, { config }) {
    if (pathname === "/json") {
      return Response.json({ error: "unknown key", realm: config.realm }, { status: 401 });
    }
    if (pathname === "/list") {
      return Response.json([1, null, { realm: config.realm }]);
    }
    if (pathname === "/path") {
      return Response.json({ pathname });
    }
    // One answer follows on the line after the other.
    if (pathname === "/text")
      return new Response(`no ${config.realm}`, { status: 403, headers: { "x-realm": config.realm, "x-why": "text" } });
    return new Response("not here", { status: 404 });
  },
});
