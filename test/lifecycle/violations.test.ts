import { describe, expect, it } from "vitest";
import { engines, inProcess, inProcessChain } from "../support/in-process.js";

const look =
  "async onRequest(request, context) { await request.intoHeadersState(); note(reportedViolation(context) ?? null); }";
const report = (details = "") =>
  `async onRequest(request, context) { await request.intoHeadersState(); reportViolation(context, ${details}); }`;

describe.each(engines)("a violation on the %s engine", (engine) => {
  it("is seen by later policies and by the host", async () => {
    const kit = await inProcessChain(
      [
        { parts: look },
        { parts: report('{ clientName: "na/me", clientId: "7" }'), name: "guard" },
        { parts: look, name: "later" },
      ],
      engine,
    );
    const exchange = kit.get();
    await exchange.respond();
    const violation = { policy: "guard", kind: "violation", clientName: "na/me", clientId: "7" };
    expect(kit.notes).toEqual([null, violation]);
    expect(exchange.end?.violation).toEqual(violation);
  });

  it("changes nothing about the exchange", async () => {
    const kit = await inProcess(report(), { engine });
    const exchange = kit.get();
    await exchange.respond(200, [], "hello");
    expect([exchange.client.status, exchange.client.body]).toEqual([200, "hello"]);
  });

  it("is the last one that was reported", async () => {
    const kit = await inProcessChain(
      [{ parts: report('{ clientId: "1" }') }, { parts: report('{ kind: "error" }'), name: "second" }],
      engine,
    );
    const exchange = kit.get();
    await exchange.respond();
    expect(exchange.end?.violation).toEqual({ policy: "second", kind: "error" });
  });

  it("is reported with an answer, in the response filter and at the end, too", async () => {
    const kit = await inProcess(
      `
      async onRequest(request, context) { reportViolation(context, { clientId: "request" }); return new Response(403); },
      async onResponse(response, context) {
        await response.intoHeadersState();
        note(reportedViolation(context).clientId);
        reportViolation(context, { clientId: "response" });
      },
      onDone(_exchange, context) { note(reportedViolation(context).clientId); reportViolation(context, { clientId: "done" }); }`,
      { engine },
    );
    const exchange = kit.get();
    await exchange.settle();
    expect(exchange.client.status).toBe(403);
    expect(kit.notes).toEqual(["request", "response"]);
    expect(exchange.end?.violation?.clientId).toBe("done");
  });

  it("is of its own exchange only", async () => {
    const kit = await inProcess(
      `async onRequest(request, context) {
      const { headers } = await request.intoHeadersState();
      if (headers.has("x-bad")) reportViolation(context);
    }`,
      { engine },
    );
    const bad = kit.get(["x-bad", "1"]);
    await bad.respond();
    const good = kit.get();
    await good.respond();
    expect(bad.end?.violation).toBeDefined();
    expect(good.end).not.toHaveProperty("violation");
  });

  it("that is reported after the end of its exchange is not another one's", async () => {
    const kit = await inProcessChain(
      [
        {
          top: "let wake: any; const woken = new Promise<void>((resolve) => { wake = resolve; });",
          parts: `
        async onRequest(request, context) {
          const { headers } = await request.intoHeadersState();
          if (!headers.has("x-late")) return wake();
          void woken.then(() => { reportViolation(context); });
        },
        onResponse() {}`,
        },
      ],
      engine,
    );
    await kit.get(["x-late", "1"]).respond();
    const other = kit.get();
    await other.respond();
    expect(other.end).not.toHaveProperty("violation");
  });
});
