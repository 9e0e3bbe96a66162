/** Answers with what it keeps in a cache, and does to it before what `x-before` says. Nothing but `Response` itself says what is sent. */
import { definePolicy, Flow, Response } from "sluice";
import { type Cache, cache } from "sluice/cache";

const encoder = new TextEncoder();
const bytes = encoder.encode("0 bytes");
let told = 0;

class Special extends Response {
  override get status(): number {
    return 298;
  }
}

function fill(answers: Cache<Response>): void {
  const text = new Response("kept", {
    status: 203,
    headers: [
      ["x-a", "1"],
      ["x-a", "2"],
    ],
  });
  const every: Record<string, Response> = {
    text,
    bytes: new Response(bytes, { headers: { "content-type": "a/b" } }),
    json: Response.json({ ä: "ö" }),
    wide: new Response(`日本${"語".repeat(2_000)}\ud800`),
    joined: new Response(`${"a".repeat(9_000)}${String(told)}`.concat("b".repeat(9_000))),
    latin: new Response("bytes é", { headers: [["x-latin", "é"]] }),
    empty: new Response(200),
    none: new Response(204),
    typed: new Response(304).withHeaders([["content-type", "a/b"]]),
    bodied: new Response(204).withBody("x"),
    blank: new Response("", { status: 205 }),
    one: new Response("1"),
    view: new Response(encoder.encode("a view of it").subarray(2, 6)),
    special: new Special("special"),
    heir: Object.create(text) as Response,
    proxy: new Proxy(text, {}),
  };
  for (const [name, response] of Object.entries(every)) {
    answers.set(name, response, { ttl: name === "text" ? "1s" : undefined });
  }
}

/** What nobody is to do, but could. */
type Parts = Record<string, unknown> & { sentHeaders: string[] };

export default definePolicy({
  configure(context) {
    const answers = cache<Response>(context, "answers");
    fill(answers);
    return answers;
  },

  onRequest(request, { resources: answers }) {
    const { headers } = request;
    const name = headers.get("x-name");
    if (name === null) {
      return undefined;
    }
    if (name === "made") {
      return new Response(`made ${++told}`, { headers: [["x-told", String(told)]] });
    }
    const answer = answers.get(name);
    const parts = answer as unknown as Parts | undefined;
    switch (headers.get("x-before")) {
      case "edit-bytes":
        bytes[0] = 48 + (++told % 10);
        break;
      case "status":
        Object.assign(parts!, { sentStatus: 299 });
        break;
      case "body":
        Object.assign(parts!, { sentBody: `changed ${++told}` });
        break;
      case "no-body":
        Object.assign(parts!, { sentBody: 7 });
        break;
      case "headers":
        parts!.sentHeaders = ["x-changed", String(++told)];
        break;
      case "push":
        parts!.sentHeaders.push("x-pushed", "1");
        break;
      case "odd":
        parts!.sentHeaders = ["x-odd"];
        break;
      case "getter":
        Object.defineProperty(parts!, "sentBody", { get: () => `got ${++told}` });
        break;
      case "method":
        parts!["headerList"] = () => ["x-method", "1"];
        break;
      case "freeze":
        Object.freeze(parts);
        break;
      case "purge":
        answers.purge();
        break;
      case "delete":
        answers.delete(name);
        break;
      case "fill":
        fill(answers);
        break;
      default:
    }
    headers.set("x-edited", "1");
    return headers.has("x-break") && answer !== undefined ? Flow.Break(answer) : answer;
  },
});
