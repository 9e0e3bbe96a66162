import { parse } from "acorn";
import { analyze } from "eslint-scope";
import { describe, expect, it } from "vitest";
import { findLateEdits } from "./find-late-edits.js";

/** What is found, as `call after consumer`. */
function lateEdits(code: string): string[] {
  const program = parse(code, { ecmaVersion: "latest", sourceType: "module", ranges: true });
  const scopes = analyze(program as unknown as Parameters<typeof analyze>[0], {
    ecmaVersion: 2022,
    sourceType: "module",
  });
  return findLateEdits(program, scopes as unknown as Parameters<typeof findLateEdits>[1]).map(
    ({ call, consumer }) => `${call} after ${consumer}`,
  );
}

/** The same in a filter of each message. */
const inRequest = (body: string) => lateEdits(`export default definePolicy({ async onRequest(request) { ${body} } });`);
const inResponse = (body: string) =>
  lateEdits(`export default definePolicy({ async onResponse(response) { ${body} } });`);

const gather = "const body = await request.intoBodyState();";
const edit = 'request.headers.set("a", "b");';
const hit = ["request.headers.set() after intoBodyState()"];

describe("a late edit is found", () => {
  it.each(["set", "append", "delete"])("of headers, by %s()", (method) => {
    expect(inRequest(`${gather} request.headers.${method}("a", "b");`)).toEqual([
      `request.headers.${method}() after intoBodyState()`,
    ]);
  });

  it.each(["method", "path", "pathname", "search", "authority"])("that assigns %s", (name) => {
    expect(inRequest(`${gather} request.${name} = "x";`)).toEqual([`request.${name} = after intoBodyState()`]);
  });

  it.each(["response.status = 200;", "response.status += 1;", "response.status++;", 'response["status"] = 200;'])(
    "that changes the status: %s",
    (change) => {
      expect(inResponse(`await response.intoBodyStreamState(); ${change}`)).toEqual([
        "response.status = after intoBodyStreamState()",
      ]);
    },
  );

  it.each(["intoBodyState", "intoBodyStreamState", "intoHeadersBodyState"])("that answers after %s()", (consumer) => {
    expect(inResponse(`await response.${consumer}(); response.sendResponse(answer);`)).toEqual([
      `response.sendResponse() after ${consumer}()`,
    ]);
  });

  it("that moves on a second time", () => {
    expect(inRequest(`${gather} const both = await request.intoHeadersBodyState();`)).toEqual([
      "request.intoHeadersBodyState() after intoBodyState()",
    ]);
  });

  it.each([
    `const { headers } = request; ${gather} headers.set("a", "b");`,
    `const { headers: head } = await request.intoHeadersState(); ${gather} head.set("a", "b");`,
    `const headers = request.headers; ${gather} headers.set("a", "b");`,
    `const head = await request.intoHeadersState(); ${gather} head.headers.set("a", "b");`,
    `const head = await request.intoHeadersState(); await head.intoBodyState(); ${edit}`,
    `const other = request; const { headers } = other; ${gather} headers.set("a", "b");`,
    `${gather} (await request.intoHeadersState()).headers.set("a", "b");`,
    `${gather} request?.headers?.set("a", "b");`,
  ])("by any name: %s", (body) => {
    expect(inRequest(body)).toEqual(hit);
  });

  it.each([
    `if (await check()) { ${gather} ${edit} }`,
    `${gather} if (body.text() === "") { ${edit} }`,
    `${gather} body.text() || ${edit}`,
    `if (a) { ${gather} } else { await request.intoBodyState(); } ${edit}`,
    `if (a) { return; } ${gather} ${edit}`,
    `if (a) { ${gather} } else { return; } ${edit}`,
    `if (a) { ${gather} } else { throw new Error(); } ${edit}`,
    `switch (a) { case 1: { ${gather} break; } default: await request.intoBodyState(); } ${edit}`,
    `switch (a) { case 1: await request.intoBodyState(); case 2: return; default: await request.intoBodyState(); } ${edit}`,
  ])("on every way that leads there: %s", (body) => {
    expect(inRequest(body)).toEqual(hit);
  });

  it.each([
    `${gather} for (const a of list) { ${edit} }`,
    `for (const a of list) { ${gather} ${edit} }`,
    `do { await request.intoBodyState(); } while (a); ${edit}`,
    `for (;;) { ${gather} if (a) break; } ${edit}`,
    `while (true) { await request.intoBodyState(); if (a) { break; } } ${edit}`,
    `${gather} while (a) { ${edit} }`,
    `for (let a = 0; a < 2; ${edit.slice(0, -1)}) { ${gather} }`,
    `outer: for (;;) { for (;;) { ${gather} break outer; } } ${edit}`,
  ])("in and after loops: %s", (body) => {
    expect(inRequest(body)).toEqual(hit);
  });

  it.each([
    `try { ${gather} } finally { done(); } ${edit}`,
    `try { ${gather} } finally { ${edit} }`,
    `try { ${gather} return; } finally { ${edit} }`,
    `try { ${gather} } catch { return; } ${edit}`,
    `try { a(); } finally { ${gather} } ${edit}`,
    `${gather} try { a(); } catch { ${edit} }`,
    `${gather} try { ${edit} } catch { log(); }`,
  ])("around errors: %s", (body) => {
    expect(inRequest(body)).toEqual(hit);
  });

  it.each([
    `${gather} list.forEach(() => ${edit.slice(0, -1)});`,
    `${gather} const later = async () => { ${edit} };`,
    `const later = async () => { ${gather} ${edit} };`,
    `async function later() { ${gather} ${edit} }`,
  ])("in functions: %s", (body) => {
    expect(inRequest(body)).toEqual(hit);
  });

  it.each([
    'request.headers.set("a", (await request.intoBodyState()).text());',
    `const [body] = await Promise.all([request.intoBodyState(), a()]); ${edit}`,
    `const waits = request.intoBodyState(); ${edit} await waits;`,
  ])("in the order of evaluation: %s", (body) => {
    expect(inRequest(body)).toEqual(hit);
  });

  it("in arrow functions, and in helpers that are no filters", () => {
    const body = `{ ${gather} ${edit} }`;
    expect(lateEdits(`definePolicy({ onRequest: async (request) => ${body} });`)).toEqual(hit);
    expect(lateEdits(`export async function checked(request) ${body}`)).toEqual(hit);
    expect(lateEdits(`class Filter { async run(request) ${body} }`)).toEqual(hit);
  });
});

describe("nothing is found", () => {
  it.each([
    `${edit} ${gather}`,
    `const both = await request.intoHeadersBodyState(); both.headers.set("a", "b"); ${edit} both.path = "/";`,
    `${gather} request.headers.get("a"); body.setBody("b");`,
    `${gather} const mine = new Headers(); mine.set("a", "b");`,
    `${gather} map.set("a", "b"); other.headers.set("a", "b"); other.status = 200;`,
    `const head = await request.intoHeadersState(); head.path = "/"; await head.intoBodyState();`,
  ])("where the message can be changed: %s", (body) => {
    expect(inRequest(body)).toEqual([]);
  });

  it.each([
    `if (a) { ${gather} } else { ${edit} }`,
    `if (a) { ${gather} } ${edit}`,
    `if (a) { ${gather} return; } ${edit}`,
    `if (a) { ${gather} throw new Error(); } ${edit}`,
    `a && await request.intoBodyState(); ${edit}`,
    `const body = a ? await request.intoBodyState() : undefined; ${edit}`,
    `a?.use(await request.intoBodyState()); ${edit}`,
    `const { b = await request.intoBodyState() } = a; ${edit}`,
    `a ??= await request.intoBodyState(); ${edit}`,
    `switch (a) { case 1: await request.intoBodyState(); break; case 2: ${edit} }`,
    `switch (a) { case 1: await request.intoBodyState(); } ${edit}`,
    `skip: { if (a) break skip; ${gather} } ${edit}`,
    `if (a) { await request.intoBodyState(); } else { await request.intoHeadersBodyState(); } ${edit}`,
  ])("where a way leads past the body: %s", (body) => {
    expect(inRequest(body)).toEqual([]);
  });

  it.each([
    `for (const a of list) { ${gather} } ${edit}`,
    `while (a) { ${gather} } ${edit}`,
    `while (a) { if (b) break; ${gather} return; } ${edit}`,
    `for (;;) { if (a) break; ${gather} } ${edit}`,
    `do { if (a) continue; await request.intoBodyState(); } while (b); ${edit}`,
    `for (const request of requests) { ${edit} ${gather} }`,
  ])("where a loop may not have run: %s", (body) => {
    expect(inRequest(body)).toEqual([]);
  });

  it.each([
    `try { ${gather} } catch { ${edit} }`,
    `try { ${gather} } catch { log(); } ${edit}`,
    `try { if (a) return; ${gather} } finally { ${edit} }`,
  ])("where an error may have come first: %s", (body) => {
    expect(inRequest(body)).toEqual([]);
  });

  it.each([
    `const read = async () => (await request.intoBodyState()).text(); ${edit} return read();`,
    `const read = async () => { ${gather} }; ${edit} await read();`,
    `change(); ${gather} function change() { ${edit} }`,
    `const change = () => { ${edit} }; change(); ${gather}`,
  ])("where a function is called at an unknown time: %s", (body) => {
    expect(inRequest(body)).toEqual([]);
  });

  it.each([
    `${gather} { const request = other; ${edit} }`,
    `${gather} requests.forEach((request) => { ${edit} });`,
    `let head = request; head = other; ${gather} head.headers.set("a", "b");`,
    `${gather} request = other; ${edit}`,
    `${gather} return; ${edit}`,
  ])("where the name means something else, or nothing runs: %s", (body) => {
    expect(inRequest(body)).toEqual([]);
  });
});
