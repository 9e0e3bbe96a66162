import { describe, expect, it } from "vitest";
import { engines, inProcess } from "../support/in-process.js";

const moves = ["intoBodyState", "intoHeadersBodyState", "intoBodyStreamState"] as const;

/** Calls a method whose name is not read when a policy is bundled, which refuses what is certain to fail. */
const unread = (method: string): string => `[String("${method}")]()`;

describe.each(engines)("states on the %s engine", (engine) => {
  const run = (parts: string, options = {}) => inProcess(parts, { engine, ...options });

  describe.each(["request", "response"] as const)("of a %s", (message) => {
    const filter = (code: string) => `
      async ${message === "request" ? "onRequest" : "onResponse"}(message) { ${code} }`;
    const pass = async (parts: string) => {
      const kit = await run(parts);
      const exchange = kit.post(["x", "1"]);
      await exchange.send("body", true);
      await exchange.respond(200, ["x", "1"], "body");
      expect(exchange.client.status).toBe(200);
      return kit;
    };

    it.each(moves)("move on by %s, from the head or by the shortcut", async (move) => {
      for (const from of ["message", "(await message.intoHeadersState())"]) {
        const kit = await pass(
          filter(`
          const state: any = await ${from}.${move}();
          note(state.constructor.name.replace(/^_/, ""));
          note(state.headers.get("x"));
          note(state.containsBody);`),
        );
        const name = `${message === "request" ? "Request" : "Response"}${move.slice(4)}`;
        expect(kit.notes).toEqual([name, "1", true]);
      }
    });

    it.each(moves)("move on once: after %s nothing else does", async (first) => {
      for (const second of moves) {
        const kit = await pass(
          filter(`
          const head: any = await message.intoHeadersState();
          const state: any = await head${unread(first)};
          note(await messageOf(() => head.${second}()));
          note(await messageOf(() => message.${second}()));`),
        );
        for (const text of kit.notes) {
          expect(text).toMatch(new RegExp(`^STATE_CONSUMED: ${second}\\(\\) after ${first}\\(\\)`));
        }
        expect(kit.notes).toHaveLength(2);
      }
    });

    it.each(["intoBodyState", "intoBodyStreamState"])(
      "refuse changes of the head after %s, and let it be read",
      async (move) => {
        const kit = await pass(
          filter(`
        const head: any = await message.intoHeadersState();
        const { headers } = head;
        const state: any = await head${unread(move)};
        for (const change of [
          () => headers.set("x", "2"), () => headers.append("x", "2"), () => headers.delete("x"), () => { head.${message === "request" ? "path = '/x'" : "status = 201"}; },
        ]) note(await messageOf(change));
        note([headers.get("x"), headers.has("y"), state.headers.get("x"), [...headers].some(([name]: string[]) => name === "x")]);
        note([head.${message === "request" ? "path" : "status"}, state.${message === "request" ? "method" : "status"}]);`),
        );
        const expected = new RegExp(
          `^STATE_CONSUMED: (headers\\.(set|append|delete)\\(\\)|path =|status =) after ${move}\\(\\)`,
        );
        for (const text of kit.notes.slice(0, 4)) {
          expect(text).toMatch(expected);
        }
        expect(kit.notes.slice(4)).toEqual([
          ["1", false, "1", true],
          message === "request" ? ["/a?b=1", "POST"] : [200, 200],
        ]);
      },
    );

    it("allow changes of the head after intoHeadersBodyState, until the filter ends", async () => {
      const kit = await pass(
        filter(`
        const state = await message.intoHeadersBodyState();
        state.headers.set("x", "2");
        note(state.headers.get("x"));
        setTimeout(async () => {
          note(await messageOf(() => state.headers.set("x", "3")));
          note(await messageOf(() => state.setBody("late")));
          note([state.headers.get("x"), state.text()]);
        }, 10);`),
      );
      await kit.advance(20);
      expect(kit.notes[0]).toBe("2");
      expect(kit.notes[1]).toMatch(/^(STATE_CONSUMED: headers\.set\(\) after the end of the filter|EXCHANGE_OVER)/);
      expect(kit.notes[2]).toMatch(/^(STATE_CONSUMED: setBody\(\) after the end of the filter|EXCHANGE_OVER)/);
      expect(kit.notes[3]).toEqual(["2", "body"]);
    });
  });

  it.each(["intoBodyState", "intoBodyStreamState"])(
    "let headers that nobody has read be read after %s has let the head go",
    async (move) => {
      const kit = await run(
        `
      async onRequest(request, { clock }) {
        const head = await request.intoHeadersState();
        const state: any = await Promise.race([head.${move}(), clock.sleep(1)]) ?? head;
        if (state.stream) for await (const chunk of state.stream) note(chunk.length);
        note([state.headers.get("x"), head.headers.has("x"), [...head.headers].length, head.path]);
      }`,
        { partialRequests: "allow" },
      );
      const exchange = kit.post(["x", "1"]);
      await kit.advance(1);
      if (move === "intoBodyStreamState") {
        await exchange.send("abc", true);
      }
      expect(exchange.forwarded).toBe(true);
      expect(kit.notes.at(-1)).toEqual(["1", true, 1, "/a?b=1"]);
    },
  );

  it.each([
    ["request", "onRequest", "message", "A request"],
    ["request", "onRequest", "await message.intoBodyState()", "The body of a request"],
    ["request", "onRequest", "await message.intoHeadersBodyState()", "The body of a request"],
    ["request", "onRequest", "await message.intoBodyStreamState()", "The body of a request"],
    ["response", "onResponse", "await message.intoBodyState()", "The body of a response"],
    ["response", "onResponse", "await message.intoHeadersBodyState()", "The body of a response"],
    ["response", "onResponse", "await message.intoBodyStreamState()", "The body of a response"],
  ])("of a %s refuse sendResponse: %s on %s", async (_message, part, state, name) => {
    const kit = await run(`
      async ${part}(message) {
        const state: any = ${state};
        note(await messageOf(() => state.sendResponse(new Response(403))));
      }`);
    const exchange = kit.post();
    await exchange.send("body", true);
    await exchange.respond(200, [], "body");
    expect(kit.notes[0]).toMatch(new RegExp(`^WRONG_MEMBER: ${name} has no sendResponse: `));
    expect(exchange.client.status).toBe(200);
  });

  it.each([
    ["onRequest", "json()", "A request has no json: write (await request.intoBodyState()).json() in onRequest."],
    [
      "onRequest",
      "body",
      "A request has no body: write (await request.intoBodyState()).text(), json() or bytes() in onRequest.",
    ],
    ["onRequest", "url", "A request has no url: write request.path (path and query)"],
    [
      "onResponse",
      "url",
      "A response has no url: write context.request.path, context.request.pathname or context.request.authority.",
    ],
    ["onResponse", "ok", "A response has no ok: write response.status."],
    ["onResponse", "text()", "A response has no text: write (await response.intoBodyState()).text()."],
  ])("say in %s where %s is", async (part, use, message) => {
    const kit = await run(`async ${part}(message) { note(await messageOf(() => (message as any).${use})); }`);
    await kit.get().respond(200);
    expect(kit.notes[0]).toContain(`WRONG_MEMBER: ${message}`);
  });

  it("are the head itself, which intoHeadersState() gives again in every phase", async () => {
    const kit = await run(`
      async onRequest(request) {
        note((await request.intoHeadersState()) === request);
        await request.intoBodyState();
        note((await request.intoHeadersState()) === request);
      },
      async onResponse(response) {
        await response.intoHeadersBodyState();
        note((await response.intoHeadersState()) === response);
      }`);
    const exchange = kit.post();
    await exchange.send("body", true);
    await exchange.respond(200, [], "body");
    expect(kit.notes).toEqual([true, true, true]);
  });

  it.each(moves)("refuse sendResponse on a response's head after %s", async (move) => {
    const kit = await run(`
      async onResponse(response) {
        const head = await response.intoHeadersState();
        await head${unread(move)};
        note(await messageOf(() => head.sendResponse(new Response(403))));
      }`);
    const exchange = kit.get();
    await exchange.respond(200, [], "body");
    expect(kit.notes[0]).toMatch(new RegExp(`^STATE_CONSUMED: sendResponse\\(\\) after ${move}\\(\\)`));
    expect(exchange.client.status).toBe(200);
  });
});

describe.each(engines)("sendResponse on the %s engine", (engine) => {
  const run = (parts: string, options = {}) => inProcess(parts, { engine, ...options });

  it("replaces status, headers and body at the call", async () => {
    const kit = await run(`
      async onResponse(response, context) {
        const head = await response.intoHeadersState();
        head.headers.set("x-edit", "lost");
        head.sendResponse(new Response(200).withHeaders([["some", "200"]]).withBody("Some"));
        await upstream(context, "auth").fetch("/slow");
      }`);
    const exchange = kit.get();
    await exchange.respondHead(404, ["server", "s", "content-length", "9"]);
    expect([exchange.client.status, exchange.client.body, exchange.client.ended]).toEqual([200, "Some", true]);
    expect(exchange.client.headers).toEqual([
      "some",
      "200",
      "content-type",
      "text/plain;charset=UTF-8",
      "content-length",
      "4",
    ]);
    expect(exchange.upstream.resets).toBe(1);
  });

  it("gives a body where the upstream sent none", async () => {
    const parts = `async onResponse(response) { (await response.intoHeadersState()).sendResponse(new Response(200).withBody("Some")); }`;
    for (const status of [204, 304]) {
      const kit = await run(parts);
      const exchange = kit.get();
      await exchange.respond(status);
      expect([exchange.client.status, exchange.client.body]).toEqual([200, "Some"]);
    }
    const kit = await run(parts);
    const head = kit.get([], "HEAD");
    await head.respond(200, ["content-length", "5"]);
    expect([head.client.status, head.client.body, head.got("content-length")]).toEqual([200, "", ["4"]]);
  });

  it("ends what the filter can do: every later change and read of the response throws", async () => {
    const kit = await run(`
      async onResponse(response) {
        const head = await response.intoHeadersState();
        const { headers } = head;
        note(headers.get("x"));
        head.sendResponse(new Response(403));
        // Without an await: the exchange may be over at the next one.
        const now = (use: () => unknown) => { try { use(); note("none"); } catch (error: any) { note(error.code + ": " + error.message); } };
        for (const use of [
          () => headers.set("a", "b"), () => headers.append("a", "b"), () => headers.delete("a"), () => headers.get("x"),
          () => headers.has("x"), () => [...headers], () => head.status, () => { head.status = 201; },
          () => head.sendResponse(new Response(500)),
        ]) now(use);
        for (const move of [() => head.intoBodyState(), () => head.intoHeadersBodyState(), () => head.intoBodyStreamState(), () => response.intoBodyState()]) {
          try { await move(); note("none"); } catch (error: any) { note(error.code + ": " + error.message); }
        }
      }`);
    const exchange = kit.get();
    await exchange.respond(200, ["x", "1"], "body");
    expect(kit.notes[0]).toBe("1");
    for (const text of kit.notes.slice(1)) {
      expect(text).toMatch(/^STATE_CONSUMED: .* after sendResponse\(\)/);
    }
    expect(kit.notes).toHaveLength(14);
    expect(exchange.client.status).toBe(403);
    expect(exchange.client.heads).toBe(1);
  });

  it("is not undone by a later exception, which is logged", async () => {
    const kit = await run(`
      async onResponse(response) {
        (await response.intoHeadersState()).sendResponse(new Response(403));
        throw new Error("afterwards");
      }`);
    const exchange = kit.get();
    await exchange.respond(200, [], "body");
    expect([exchange.client.status, exchange.client.resets]).toEqual([403, 0]);
    expect(kit.lines.some((line) => line.includes("afterwards"))).toBe(true);
  });

  it("is refused where the own request filter has answered", async () => {
    const kit = await run(`
      onRequest: async () => new Response(401),
      async onResponse(response) {
        const head = await response.intoHeadersState();
        note(await codeOf(() => head.sendResponse(new Response(403))));
        head.headers.set("x", "edited");
      }`);
    const exchange = kit.get();
    await exchange.settle();
    expect(kit.notes).toEqual(["ALREADY_ANSWERED"]);
    expect([exchange.client.status, exchange.got("x")]).toEqual([401, ["edited"]]);
  });

  it.each([
    ["{ status: 200 }", "FILTER_RESULT"],
    ["undefined", "FILTER_RESULT"],
    ["new Response(204).withBody('x')", "RESPONSE_BODY_FORBIDDEN"],
  ])("refuses %s, and the response stays", async (answer, code) => {
    const kit = await run(`
        async onResponse(response) {
          const head: any = await response.intoHeadersState();
          note(await codeOf(() => head.sendResponse(${answer})));
          head.headers.set("x", "still");
        }`);
    const exchange = kit.get();
    await exchange.respond(200, [], "body");
    expect(kit.notes).toEqual([code]);
    expect([exchange.client.status, exchange.client.body, exchange.got("x")]).toEqual([200, "body", ["still"]]);
  });

  it("works after the filter has awaited a call, while the body waits", async () => {
    const kit = await run(`
      async onResponse(response, { clock }) {
        const head = await response.intoHeadersState();
        await clock.sleep(100);
        head.sendResponse(new Response(503));
      }`);
    const exchange = kit.get();
    await exchange.respondHead(200);
    await exchange.respondData("abc");
    expect(exchange.client.heads).toBe(0);
    await kit.advance(100);
    expect([exchange.client.status, exchange.client.body]).toEqual([503, ""]);
  });
});
