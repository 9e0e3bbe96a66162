import { describe, expect, it } from "vitest";
import { engines, inProcess, inProcessChain } from "../support/in-process.js";

describe.each(engines)("headers on the %s engine", (engine) => {
  const run = (parts: string, options = {}) => inProcess(parts, { engine, ...options });

  it("keep repeated values in order and apart, whatever the case of the name", async () => {
    const kit = await run(`
      async onRequest(request) {
        const { headers } = await request.intoHeadersState();
        note(headers.getAll("X-Tag"));
        note(headers.get("x-TAG"));
        note(headers.has("X-tag"));
        note([headers.get("absent"), headers.getAll("absent"), headers.has("absent")]);
      }`);
    const exchange = kit.get(["x-tag", "a", "other", "o", "x-tag", "b"]);
    await exchange.settle();
    expect(kit.notes).toEqual([["a", "b"], "a, b", true, [null, [], false]]);
    expect(exchange.sent("x-tag")).toEqual(["a", "b"]);
  });

  it("are set, appended and deleted, visible at once and sent when the filter ends", async () => {
    const kit = await run(`
      async onRequest(request) {
        const { headers } = await request.intoHeadersState();
        headers.set("X-Tag", "new");
        headers.append("x-tag", "second");
        headers.set("x-fresh", "1");
        headers.delete("Gone");
        note([headers.getAll("x-tag"), headers.has("gone"), headers.get("x-fresh"), headers.has("x-fresh")]);
      }`);
    const exchange = kit.get(["x-tag", "a", "gone", "1", "x-tag", "b", "gone", "2"]);
    await exchange.settle();
    expect(kit.notes).toEqual([[["new", "second"], false, "1", true]]);
    expect(exchange.sent("x-tag")).toEqual(["new", "second"]);
    expect(exchange.sent("x-fresh")).toEqual(["1"]);
    expect(exchange.sent("gone")).toEqual([]);
  });

  it("keep every set-cookie of a response", async () => {
    const kit = await run(`
      async onResponse(response) {
        const { headers } = await response.intoHeadersState();
        note(headers.getSetCookie());
        headers.append("set-cookie", "c=3, with a comma");
      }`);
    const exchange = kit.get();
    await exchange.respond(200, ["set-cookie", "a=1", "server", "s", "set-cookie", "b=2"], "body");
    expect(kit.notes).toEqual([["a=1", "b=2"]]);
    expect(exchange.got("set-cookie")).toEqual(["a=1", "b=2", "c=3, with a comma"]);
  });

  it("pass bytes that are not UTF-8 through read, change and write", async () => {
    const kit = await run(`
      async onRequest(request) {
        const { headers } = await request.intoHeadersState();
        headers.set("x-copy", headers.get("x-raw")! + "!");
        headers.set("x-city", utf8ToByteString("Zürich"));
        note(byteStringToUtf8(headers.get("x-utf8")!));
      }`);
    const exchange = kit.get(["x-raw", "\xff\xfe\x80", "x-utf8", "\xc3\xa4"]);
    await exchange.settle();
    expect(exchange.sent("x-copy")).toEqual(["\xff\xfe\x80!"]);
    expect(exchange.sent("x-city")).toEqual(["Z\xc3\xbcrich"]);
    expect(kit.notes).toEqual(["ä"]);
  });

  it("are iterated in order, without pseudo-headers", async () => {
    const kit = await run(`
      async onRequest(request) {
        const { headers } = await request.intoHeadersState();
        note([...headers]);
        note([...headers.keys()]);
        note([...headers.values()]);
        const seen: string[] = [];
        headers.forEach((value, name) => { seen.push(name + "=" + value); });
        note(seen);
      }`);
    kit.get(["b", "1", "a", "2", "b", "3"]);
    await kit.settle();
    expect(kit.notes).toEqual([
      [
        ["b", "1"],
        ["a", "2"],
        ["b", "3"],
      ],
      ["b", "a", "b"],
      ["1", "2", "3"],
      ["b=1", "a=2", "b=3"],
    ]);
  });

  it.each([
    ["set(':path', '/x')", "PSEUDO_HEADER"],
    ["append(':status', '200')", "PSEUDO_HEADER"],
    ["delete(':authority')", "PSEUDO_HEADER"],
    ["set('', 'x')", "HEADER_NAME"],
    ["set('a b', 'x')", "HEADER_NAME"],
    ["append('näme', 'x')", "HEADER_NAME"],
    ["delete('a:')", "HEADER_NAME"],
    ["set(undefined, 'x')", "HEADER_NAME"],
    ["set('x', 'a\\r\\nb: c')", "HEADER_VALUE"],
    ["append('x', 'nul\\0')", "HEADER_VALUE"],
    ["set('x', 'Zürich – €')", "HEADER_VALUE"],
    ["set('x', 7)", "HEADER_VALUE"],
    ["set('x', undefined)", "HEADER_VALUE"],
  ])("refuse %s with %s, changing nothing", async (call, code) => {
    const kit = await run(`
      async onRequest(request) {
        const { headers } = await request.intoHeadersState();
        note(await codeOf(() => (headers as any).${call}));
      }`);
    const exchange = kit.get(["x", "old"]);
    await exchange.settle();
    expect(kit.notes).toEqual([code]);
    expect(exchange.sent("x")).toEqual(["old"]);
    expect(exchange.sent(":path")).toEqual(["/a?b=1"]);
  });

  it("name the character in an error, never the value", async () => {
    const kit = await run(`
      async onRequest(request) {
        const { headers } = await request.intoHeadersState();
        note(await messageOf(() => headers.set("x-secret", "hunter2\\n")));
      }`);
    kit.get();
    await kit.settle();
    expect(kit.notes[0]).toContain("U+000A");
    expect(kit.notes[0]).not.toContain("hunter2");
  });

  it("of the request line are properties that can be changed", async () => {
    const kit = await run(`
      async onRequest(request) {
        const state = await request.intoHeadersState();
        note([state.method, state.scheme, state.authority, state.path]);
        state.method = "PUT";
        state.path = "/other?c=2";
        state.authority = "inner.test:8080";
        note([state.method, state.path, state.authority]);
      }`);
    const exchange = kit.get();
    await exchange.settle();
    expect(kit.notes).toEqual([
      ["GET", "http", "example.com", "/a?b=1"],
      ["PUT", "/other?c=2", "inner.test:8080"],
    ]);
    expect(exchange.upstream.headers.slice(0, 8)).toEqual([
      ":method",
      "PUT",
      ":scheme",
      "http",
      ":authority",
      "inner.test:8080",
      ":path",
      "/other?c=2",
    ]);
  });

  it.each([
    "state.method = ''",
    "state.method = 'GET /'",
    "state.path = ''",
    "state.path = 'relative'",
    "state.path = '/a b'",
    "state.path = '/a\\r\\n'",
    "state.authority = ''",
    "state.authority = 'a b'",
    "state.authority = 'user@host'",
    "state.path = undefined",
  ])("refuse %s", async (assignment) => {
    const kit = await run(`
      async onRequest(request) {
        const state: any = await request.intoHeadersState();
        note(await codeOf(() => { ${assignment}; }));
      }`);
    const exchange = kit.get();
    await exchange.settle();
    expect(kit.notes).toEqual(["HEADER_VALUE"]);
    expect(exchange.sent(":path")).toEqual(["/a?b=1"]);
  });

  it("refuse a status that is not final", async () => {
    const kit = await run(`
      async onResponse(response) {
        const state = await response.intoHeadersState();
        for (const status of [100, 199, 600, 200.5, NaN, "200"]) note(await codeOf(() => { (state as any).status = status; }));
        state.status = 418;
        note(state.status);
      }`);
    const exchange = kit.get();
    await exchange.respond(200, [], "body");
    expect(kit.notes).toEqual([...Array<string>(6).fill("RESPONSE_STATUS"), 418]);
    expect(exchange.client.status).toBe(418);
  });

  it("refuse a status that has no body on a response that has one", async () => {
    const kit = await run(`
      async onResponse(response) {
        const state = await response.intoHeadersState();
        for (const status of [204, 304]) note(state.containsBody ? await codeOf(() => { state.status = status; }) : (state.status = status));
      }`);
    await kit.get().respond(200, [], "body");
    expect(kit.notes).toEqual(["RESPONSE_BODY_FORBIDDEN", "RESPONSE_BODY_FORBIDDEN"]);
    const empty = kit.get();
    await empty.respond(200);
    expect(kit.notes.slice(2)).toEqual([204, 304]);
    expect(empty.client.status).toBe(304);
  });

  it("go back to what they were when the filter throws and is used with onError: allow", async () => {
    const kit = await run(
      `
      async onRequest(request) {
        const state = await request.intoHeadersState();
        state.headers.set("x", "changed");
        state.headers.append("y", "added");
        state.headers.delete("z");
        state.path = "/changed";
        throw new Error("no");
      },
      async onResponse(response) {
        const state = await response.intoHeadersState();
        state.headers.set("server", "changed");
        state.status = 500;
        throw new Error("no");
      }`,
      { onError: "allow" },
    );
    const exchange = kit.get(["x", "old", "z", "kept"]);
    await exchange.respond(200, ["server", "s"], "body");
    expect(exchange.upstream.headers).toEqual([
      ":method",
      "GET",
      ":scheme",
      "http",
      ":authority",
      "example.com",
      ":path",
      "/a?b=1",
      "x",
      "old",
      "z",
      "kept",
    ]);
    expect(exchange.client.status).toBe(200);
    expect(exchange.client.headers).toEqual(["server", "s"]);
    expect(exchange.client.body).toBe("body");
  });

  it("can be read all exchange long, changes included, also those of a request in its response filter", async () => {
    const kit = await run(`
      async onRequest(request) {
        const state = await request.intoHeadersState();
        state.headers.set("x-own", "1");
        return Flow.Continue(state);
      },
      async onResponse(response, { requestData }) {
        if (requestData.kind !== "continue") return;
        const { headers, method } = requestData.value;
        note([headers.get("x-own"), headers.has("x-sent"), headers.get("absent"), method]);
        note(await codeOf(() => headers.set("x", "y")));
      }`);
    const exchange = kit.get(["x-sent", "1"]);
    await exchange.respond(200);
    expect(kit.notes).toEqual([["1", true, null, "GET"], "STATE_CONSUMED"]);
  });

  it("of one policy's changes are seen by the next one", async () => {
    const set = (value: string) => `
      async onRequest(request) {
        const { headers } = await request.intoHeadersState();
        note(headers.getAll("x"));
        headers.append("x", "${value}");
      },
      async onResponse(response) {
        const { headers } = await response.intoHeadersState();
        note(headers.getAll("y"));
        headers.append("y", "${value}");
      }`;
    const kit = await inProcessChain([{ parts: set("a") }, { parts: set("b") }], engine);
    const exchange = kit.get();
    await exchange.respond(200);
    expect(kit.notes).toEqual([[], ["a"], [], ["b"]]);
    expect(exchange.sent("x")).toEqual(["a", "b"]);
    expect(exchange.got("y")).toEqual(["b", "a"]);
  });
});
