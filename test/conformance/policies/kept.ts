import { definePolicy, Flow, Response, SluiceError } from "sluice";

interface Readable {
  has(name: string): boolean;
}

/** Keeps the headers of a request beyond its exchange, and answers the next one with what reading them gives then. */
export default definePolicy({
  configure: () => ({ kept: undefined as Readable | undefined }),

  async onRequest(request, { resources }) {
    const { headers } = await request.intoHeadersState();
    const { kept } = resources;
    resources.kept = headers;
    if (kept === undefined) {
      return Flow.Continue();
    }
    return Flow.Break(new Response(200).withBody(read(kept)));
  },
});

function read(headers: Readable): string {
  try {
    return `x-secret: ${headers.has("x-secret")}`;
  } catch (error) {
    return error instanceof SluiceError ? error.code : "another error";
  }
}
