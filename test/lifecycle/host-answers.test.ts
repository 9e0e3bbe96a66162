/** The table "What the host is told" of docs/lifecycle.md: 0 continues, 1 stops and keeps, 2 does so with backpressure. */
import { describe, expect, it } from "vitest";
import { inProcess } from "../support/in-process.js";

interface Row {
  /** The first column of the table. */
  filter: string;
  parts: string;
  partialRequests?: "allow" | "prevent";
  head: number;
  /** To a body that is not the end, and to one that is; to trailers instead of an end. */
  body: number;
  end: number;
  trailers: number;
}

const sleep = "await clock.sleep(1000);";

const rows: readonly Row[] = [
  { filter: "is not there", parts: "onResponse() {}", head: 0, body: 0, end: 0, trailers: 0 },
  {
    filter: "has ended",
    parts: "async onRequest(request) { await request.intoHeadersState(); }",
    head: 0,
    body: 0,
    end: 0,
    trailers: 0,
  },
  {
    filter: "has the head, and awaits something else",
    parts: `async onRequest(request, { clock }) { await request.intoHeadersState(); ${sleep} }`,
    head: 1,
    body: 2,
    end: 1,
    trailers: 1,
  },
  {
    filter: "gathers, the head held, and ends with the body",
    partialRequests: "prevent",
    parts: "async onRequest(request) { await request.intoBodyState(); }",
    head: 1,
    body: 1,
    end: 0,
    trailers: 0,
  },
  {
    filter: "gathers, the head held, and then awaits something else",
    partialRequests: "prevent",
    parts: `async onRequest(request, { clock }) { await request.intoBodyState(); ${sleep} }`,
    head: 1,
    body: 1,
    end: 1,
    trailers: 1,
  },
  {
    filter: "gathers head and body whatever is allowed",
    partialRequests: "allow",
    parts: "async onRequest(request) { await request.intoHeadersBodyState(); }",
    head: 1,
    body: 1,
    end: 0,
    trailers: 0,
  },
  {
    filter: "gathers a request with allow",
    partialRequests: "allow",
    parts: "async onRequest(request) { await request.intoBodyState(); }",
    head: 0,
    body: 1,
    end: 0,
    trailers: 0,
  },
  {
    filter: "gathers a request with allow, and then awaits something else",
    partialRequests: "allow",
    parts: `async onRequest(request, { clock }) { await request.intoBodyState(); ${sleep} }`,
    head: 0,
    body: 1,
    end: 1,
    trailers: 1,
  },
  {
    filter: "reads a stream, has asked for the next chunk",
    parts: "async onRequest(request) { for await (const _ of (await request.intoBodyStreamState()).stream); }",
    head: 0,
    body: 0,
    end: 0,
    trailers: 0,
  },
  {
    filter: "reads a stream, and awaits something else after its end",
    parts: `async onRequest(request, { clock }) { for await (const _ of (await request.intoBodyStreamState()).stream); ${sleep} }`,
    head: 0,
    body: 0,
    end: 1,
    trailers: 1,
  },
  {
    filter: "reads a stream, is at work on a chunk",
    parts: `async onRequest(request, { clock }) { for await (const _ of (await request.intoBodyStreamState()).stream) ${sleep} }`,
    head: 0,
    body: 2,
    end: 1,
    trailers: 1,
  },
  {
    filter: "transforms a stream, output ready",
    parts:
      "async onRequest(request) { await (await request.intoBodyStreamState()).transform(async function* (chunks) { yield* chunks; }); }",
    head: 0,
    body: 0,
    end: 0,
    trailers: 0,
  },
  {
    filter: "transforms a stream, at work",
    parts: `async onRequest(request, { clock }) {
      await (await request.intoBodyStreamState()).transform(async function* (chunks) { for await (const chunk of chunks) { ${sleep} yield chunk; } });
    }`,
    head: 0,
    body: 1,
    end: 1,
    trailers: 1,
  },
];

/** Promise jobs run inside the events, as in a module. */
const run = ({ parts, partialRequests = "prevent" }: Row) => inProcess(parts, { engine: "strict", partialRequests });

describe("of a request, the host is told by a filter that", () => {
  it.each(rows)("$filter: head $head, body $body, its end $end", async (row) => {
    const kit = await run(row);
    const exchange = kit.post();
    exchange.now.send("ab");
    exchange.now.send("cd", true);
    expect(kit.asked.answers).toEqual([
      `onRequestHeaders ${row.head}`,
      `onRequestBody ${row.body}`,
      `onRequestBody ${row.end}`,
    ]);
  });

  it.each(rows)("$filter: head $head, body $body, trailers $trailers", async (row) => {
    const kit = await run(row);
    const exchange = kit.post();
    await exchange.send("ab");
    await exchange.sendTrailers("t", "1");
    expect(kit.asked.answers).toEqual([
      `onRequestHeaders ${row.head}`,
      `onRequestBody ${row.body}`,
      `onRequestTrailers ${row.trailers}`,
    ]);
  });

  it("is at work on a stream, where filters of others may share its buffer: 1 from the first chunk on", async () => {
    const { parts } = rows.find(({ filter }) => filter === "reads a stream, is at work on a chunk")!;
    const kit = await inProcess(parts, { engine: "strict", pluginConfiguration: { config: {}, sluice: {} } });
    const exchange = kit.post();
    exchange.now.send("ab");
    exchange.now.send("cd", true);
    expect(kit.asked.answers).toEqual(["onRequestHeaders 0", "onRequestBody 1", "onRequestBody 1"]);
  });

  it("reads a stream: 2 for the last byte that content-length announces", async () => {
    const kit = await run(rows.find(({ filter }) => filter === "reads a stream, has asked for the next chunk")!);
    const exchange = kit.post(["content-length", "4"]);
    await exchange.send("ab");
    await exchange.send("cd");
    expect(kit.asked.answers).toEqual(["onRequestHeaders 0", "onRequestBody 0", "onRequestBody 2"]);
  });
});
