import { definePolicy, Response } from "sluice";

export default definePolicy({
  async onRequest(request) {
    const { stream } = await request.intoBodyStreamState();
    const decoder = new TextDecoder();
    let end = "";
    for await (const chunk of stream) {
      end += decoder.decode(chunk, { stream: true });
      if (end.includes("secret")) {
        return new Response(null, { status: 400 });
      }
      end = end.slice(-"secret".length);
    }
  },
});
