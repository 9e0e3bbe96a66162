/** Answers that are nearly always the same, and some that are not. */
import { definePolicy, Flow, Response } from "sluice";

const list = { names: "", toString: (): string => list.names };
const bytes = new Uint8Array([48]);
let count = 0;

export default definePolicy({
  async onRequest(request) {
    const { headers } = await request.intoHeadersState();
    const name = headers.get("x-name") ?? "nobody";
    if (headers.has("x-constant")) {
      return Flow.Break(new Response(401).withHeaders([["x-a", "b"]]).withBody("constant"));
    }
    if (headers.has("x-other")) {
      return Flow.Break(new Response(403).withBody("other"));
    }
    if (headers.has("x-named")) {
      return Flow.Break(new Response(404).withHeaders([["x-name", name]]).withBody(`no ${name}`));
    }
    if (headers.has("x-list")) {
      list.names += name;
      return Flow.Break(new Response(200).withBody(`names: ${String(list)}`));
    }
    if (headers.has("x-bytes")) {
      bytes[0] = 48 + ++count;
      return Flow.Break(new Response(200).withBody(bytes));
    }
    if (headers.has("x-web")) {
      return new Response(name, { status: 202, headers: { "x-name": name } });
    }
    if (headers.has("x-wrong")) {
      return Flow.Break(new Response(99));
    }
    return Flow.Continue();
  },
});
