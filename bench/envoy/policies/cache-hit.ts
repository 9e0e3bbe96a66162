import { definePolicy, Response } from "sluice";
import { cache } from "sluice/cache";

/** Answers with what it keeps. */
export default definePolicy({
  configure(context) {
    const answers = cache<Response>(context, "answers");
    for (const path of ["/", "/x"]) {
      answers.set(path, new Response("kept", { headers: { "content-type": "text/plain" } }), { ttl: "1h" });
    }
    return { answers };
  },

  onRequest(request, { resources: { answers } }) {
    return answers.get(request.path) ?? new Response("nothing kept", { status: 404 });
  },
});
