/** Answers that a module keeps are those that it would make. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { compilePolicy } from "../../src/compiler/build-module.js";
import { TemporaryProject } from "../cli/temporary-project.js";
import { type ModuleHost, startModule } from "../support/module-host.js";

const file = fileURLToPath(new URL("./policies/answers.ts", import.meta.url));
const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));

/** Answers on the lines of their conditions, as they are written most. */
const onLines = `import { definePolicy, Response } from "sluice";

let parts: { of?: { text: string } } = { of: { text: "part" } };

export default definePolicy({
  onRequest({ headers }) {
    if (!headers.has("authorization")) return new Response("no", { status: 401, headers: { "www-authenticate": "Basic" } });
    if (headers.has("x-wrong")) return headers.has("x-right") ? new Response("right") : new Response("wrong", { status: 99 });
    if (headers.has("x-illegal")) return new Response("wrong", { status: 99 });
    if (headers.has("x-part")) return new Response(parts.of.text, { status: 203 });
    if (headers.has("x-take")) parts = {};
  },
});
`;

let wasm: Uint8Array;
let onLinesWasm: Uint8Array;
let folder: TemporaryProject;
beforeAll(async () => {
  ({ wasm } = await compilePolicy(file, { cacheDir }));
  folder = await TemporaryProject.create({ "lines.ts": onLines });
  ({ wasm: onLinesWasm } = await compilePolicy(folder.path("lines.ts"), { cacheDir }));
}, 300_000);
afterAll(() => folder[Symbol.asyncDispose]());

let host: ModuleHost;
let lastId = 100;
beforeEach(() => start(wasm));

async function start(module: Uint8Array): Promise<void> {
  host = await startModule(module);
  host.buffer = Buffer.from(JSON.stringify({ config: {}, sluice: { name: "answers" } }));
  host.exports["proxy_on_vm_start"]!(1, 0);
  expect(host.exports["proxy_on_configure"]!(1, host.buffer.length)).toBe(1);
}

/** Status, body and headers of the answer to a request with these headers. */
function answer(...headers: [name: string, value: string][]): (number | string)[] | undefined {
  const id = ++lastId;
  host.headers = headers;
  host.calls.length = 0;
  host.exports["proxy_on_context_create"]!(id, 1);
  host.exports["proxy_on_request_headers"]!(id, headers.length, 1);
  host.exports["proxy_on_done"]!(id);
  const sent = host.calls.filter(({ name }) => name === "proxy_send_local_response");
  expect(sent.length).toBeLessThan(2);
  return sent[0]?.args;
}

const constant = [401, "local_reply:answers", "constant", "x-a=b,content-type=text/plain;charset=UTF-8"];
const other = [403, "local_reply:answers", "other", "content-type=text/plain;charset=UTF-8"];

it("one that is constant is the same each time, and each is its own", () => {
  const seen = ["x-constant", "x-constant", "x-other", "x-other", "x-constant", "x-other"].map((name) =>
    answer([name, "1"]),
  );
  expect(seen).toEqual([constant, constant, other, other, constant, other]);
  expect(answer(["x-pass", "1"])).toBeUndefined();
});

it("one that is made of a header's value has the value of its own request", () => {
  const names = ["a", "a", "b", "a", "", "a", "a"];
  const seen = names.map((name) => answer(["x-named", "1"], ["x-name", name]));
  expect(seen).toEqual(
    names.map((name) => [
      404,
      "local_reply:answers",
      `no ${name}`,
      `x-name=${name},content-type=text/plain;charset=UTF-8`,
    ]),
  );
  expect(names.map((name) => answer(["x-web", "1"], ["x-name", name]))).toEqual(
    names.map((name) => [202, "local_reply:answers", name, `x-name=${name},content-type=text/plain;charset=UTF-8`]),
  );
});

it("one that is made of an object's contents has those of the moment", () => {
  expect(["a", "b", "c"].map((name) => answer(["x-list", "1"], ["x-name", name])?.[2])).toEqual([
    "names: a",
    "names: ab",
    "names: abc",
  ]);
  expect([1, 2, 3].map(() => answer(["x-bytes", "1"])?.[2])).toEqual(["1", "2", "3"]);
});

it("one that cannot be made is an error each time, with its place in the policy", () => {
  for (let time = 0; time < 3; time++) {
    expect(answer(["x-wrong", "1"])?.[0]).toBe(500);
    expect(host.log.join("\n")).toContain("answers.ts:33:29");
    host.log.length = 0;
  }
  expect(answer(["x-constant", "1"])).toEqual(constant);
});

it("one on the line of its condition is the same each time, and what follows on that line has its own place", async () => {
  await start(onLinesWasm);
  const place = (...headers: [string, string][]): [unknown, string | undefined] => {
    host.log.length = 0;
    return [answer(["authorization", "x"], ...headers)?.[0], /lines\.ts:\d+:\d+/.exec(host.log.join("\n"))?.[0]];
  };
  const placeOf = (line: number): string => {
    const column = onLines.split("\n")[line - 1]?.lastIndexOf("Response(") ?? -1;
    return `lines.ts:${line}:${column + 1}`;
  };
  for (let time = 0; time < 3; time++) {
    expect(answer()).toEqual([
      401,
      "local_reply:answers",
      "no",
      "www-authenticate=Basic,content-type=text/plain;charset=UTF-8",
    ]);
    expect(answer(["authorization", "x"])).toBeUndefined();
    expect(place(["x-wrong", "1"])).toEqual([500, placeOf(8)]);
    expect(place(["x-illegal", "1"])).toEqual([500, placeOf(9)]);
    expect(place(["x-part", "1"])).toEqual([203, undefined]);
  }
  expect(place(["x-take", "1"])).toEqual([undefined, undefined]);
  expect(place(["x-part", "1"])).toEqual([500, expect.stringMatching("lines.ts:10:")]);
});
