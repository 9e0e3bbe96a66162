/** The policies at the top of README.md do what it says of them. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { everyChunking, testGateway } from "../../src/testing/index.js";
import { codeBlocks } from "./markdown.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
// Inside the project, so that packages are found.
const folder = `${root}.cache/readme-${process.pid}`;
const readme = readFileSync(`${root}README.md`, "utf8");
const [deny = "", moves = ""] = codeBlocks(readme, "ts");

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/deny.ts`, deny);
  writeFileSync(`${folder}/moves.ts`, moves);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it("the first policy refuses who brings no token, and lets the others pass", async () => {
  await using gateway = await testGateway({ policies: [`${folder}/deny.ts`] });
  const refused = await gateway.fetch("/?x");
  expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="oauth2"']);
  expect((await gateway.fetch("/", { headers: { authorization: "Bearer x" } })).status).toBe(200);
  expect(gateway.upstream.requests).toHaveLength(1);
});

describe("the second policy", () => {
  const page = '<a href="http://orders/1">';
  const start = (upstream: NonNullable<Parameters<typeof testGateway>[0]["upstream"]>, allowed = true) =>
    testGateway({
      policies: [`${folder}/moves.ts`],
      upstream,
      upstreams: { auth: { status: allowed ? 200 : 403, body: '{"user":"ada"}' } },
    });

  it("lets a path pass, whatever its query, and asks nobody", async () => {
    await using gateway = await start({}, false);
    expect((await gateway.fetch("/health?full")).status).toBe(200);
    expect((await gateway.fetch("/healthy")).status).toBe(403);
    expect(gateway.upstream.requests).toHaveLength(1);
  });

  it("changes the head and the body of a request", async () => {
    await using gateway = await start({});
    const headers = { authorization: "Bearer x" };
    await gateway.fetch("/orders", { method: "POST", headers, body: '{"items":["lamp"]}' });
    const [request] = gateway.upstream.requests;
    expect(request?.headers).toMatchObject({ "x-user": "ada", "content-length": "33" });
    expect(request?.headers).not.toHaveProperty("authorization");
    expect(request?.json()).toEqual({ items: ["lamp"], checked: true });
  });

  it("answers 400 to what is no JSON, and 413 to what is too large", async () => {
    await using gateway = await start({});
    const send = async (body: string) => (await gateway.fetch("/orders", { method: "POST", body })).status;
    expect([await send("no JSON"), await send("x".repeat(1_048_577))]).toEqual([400, 413]);
    expect(gateway.upstream.requests).toEqual([]);
  });

  it("replaces a response that tells of a failure", async () => {
    await using gateway = await start({ status: 500, body: "stack trace" });
    const response = await gateway.fetch("/orders");
    expect([response.status, await response.text()]).toEqual([503, "please come back"]);
  });

  it("changes head and body of a response, however it is cut", async () => {
    await everyChunking(page, async (chunks) => {
      await using gateway = await start({
        headers: { "content-type": "text/html; charset=utf-8", server: "orders/1.2" },
        body: chunks,
      });
      const response = await gateway.fetch("/orders");
      expect(await response.text()).toBe('<a href="https://orders/1">');
      expect([response.headers.get("x-rewritten"), response.headers.get("server")]).toEqual(["yes", null]);
    });
  });

  it("leaves a response of another kind, and an empty one, as it is", async () => {
    for (const upstream of [{ headers: { "content-type": "text/plain" }, body: page }, { status: 204 }]) {
      await using gateway = await start(upstream);
      const response = await gateway.fetch("/orders");
      expect(await response.text()).toBe(upstream.body ?? "");
      expect(gateway.log).toEqual([]);
    }
  });
});

it("what the five tasks of docs/comparison.md take stands before the first command", () => {
  const [screen = ""] = readme.split("\n## ");
  const language = [String.prototype, Array.prototype, JSON].flatMap((object) => Object.getOwnPropertyNames(object));
  const used = codeBlocks(readFileSync(`${root}docs/comparison.md`, "utf8"), "ts").flatMap((policy) => [
    ...(policy.match(/(?<=[\w)]\??\.)(?<!\b(?:v|config)\.)[a-z]\w*/gi) ?? []),
    ...[...policy.matchAll(/import \{ (.*) \} from "sluice/g)].flatMap(([, names = ""]) => names.split(", ")),
  ]);
  const words = new Set([...language, ...(screen.match(/\w+/g) ?? [])]);
  expect(used.length).toBeGreaterThan(20);
  expect(used.filter((name) => !words.has(name))).toEqual([]);
});
