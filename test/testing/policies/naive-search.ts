import { definePolicy, Response } from "sluice";

/** Wrong: looks for a word in each chunk by itself. */
export default definePolicy({
  async onRequest(request) {
    const body = await request.intoBodyStreamState();
    for await (const chunk of body.stream) {
      if (new TextDecoder().decode(chunk).includes("secret")) {
        return new Response(400);
      }
    }
  },
});
