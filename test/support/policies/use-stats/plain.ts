/** Lets a request go on, or refuses it: its exchanges can be passed without JavaScript's hearing of them. */
import { definePolicy, Response } from "sluice";
import * as v from "valibot";

export default definePolicy({
  config: v.object({ name: v.string() }),

  onRequest(request, { config }) {
    if (request.headers.get("x-deny") === config.name) {
      return new Response("no", { status: 403 });
    }
  },
});
