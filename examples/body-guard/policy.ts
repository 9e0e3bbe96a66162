import { definePolicy, Response } from "sluice";
import * as v from "valibot";

export default definePolicy({
  config: v.object({ forbidden: v.pipe(v.string(), v.minLength(1)) }),

  async onRequest(request, { config }) {
    const body = await request.intoBodyState();
    if (body.text().includes(config.forbidden)) {
      return Response.json({ error: "forbidden content" }, { status: 403 });
    }
  },
});
