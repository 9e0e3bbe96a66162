/** docs/comparison.md: its policies do what it says, and are no longer than what it puts beside them. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testGateway } from "../../src/testing/index.js";
import { codeBlocks, sectionsOf } from "./markdown.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
// Inside the project, so that packages are found.
const folder = `${root}.cache/comparison-${process.pid}`;
const document = readFileSync(`${root}docs/comparison.md`, "utf8");

/** How much longer a policy may be. */
const most = 1.15;

const tasks = sectionsOf(document)
  .filter(({ level }) => level === 2)
  .map(({ title, text }) => {
    const [sluice = "", ...more] = codeBlocks(text, "ts");
    const [hono = "", worker = "", ...others] = codeBlocks(text, "js");
    expect([...more, ...others]).toEqual([]);
    return { title, sluice, hono, worker };
  });

/** Lines of code but for imports. */
function lines(code: string): number {
  return code.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("import ")).length;
}

function formatted(code: string, name: string): string {
  const biome = `${root}node_modules/@biomejs/biome/bin/biome`;
  return execFileSync(process.execPath, [biome, "format", `--stdin-file-path=${name}`], {
    cwd: root,
    input: code,
    encoding: "utf8",
  });
}

const fileOf = (title: string): string => `${folder}/${title.toLowerCase().replaceAll(" ", "-")}.ts`;
const refuse = fileOf("Refuse who has no key");
const edit = fileOf("Edit headers");
const rewriteRequest = fileOf("Rewrite a JSON request");
const ask = fileOf("Ask another service");
const rewriteResponse = fileOf("Rewrite a JSON response");

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  for (const { title, sluice } of tasks) {
    writeFileSync(fileOf(title), sluice);
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the comparison", () => {
  it("has five tasks, and their lines in its table", () => {
    const rows = [...document.matchAll(/^\| \[(.+)\]\(.+\) \| (\d+) \| (\d+) \| (\d+) \|$/gm)].map((row) =>
      row.slice(1),
    );

    expect(rows).toEqual(
      tasks.map(({ title, ...code }) => [title, ...Object.values(code).map((each) => String(lines(each)))]),
    );
    expect(rows).toHaveLength(5);
  });

  it.each(tasks)("has code that is formatted in one way: $title", ({ sluice, hono, worker }) => {
    expect(formatted(sluice, "policy.ts")).toBe(sluice);
    expect(formatted(hono, "hono.js")).toBe(hono);
    expect(formatted(worker, "worker.js")).toBe(worker);
  });

  it.each(tasks)("has a policy that is not much longer than the shortest: $title", ({ sluice, hono, worker }) => {
    expect(lines(sluice)).toBeLessThanOrEqual(most * Math.min(lines(hono), lines(worker)));
  });
});

describe("the policies of the comparison", () => {
  it("refuse who has no key", async () => {
    await using gateway = await testGateway({ policies: [refuse], config: { key: "k-4711" } });

    const refused = await gateway.fetch("/", { headers: { "x-api-key": "another" } });

    expect([refused.status, await refused.json()]).toEqual([401, { error: "unknown key" }]);
    expect(gateway.upstream.requests).toEqual([]);
    expect((await gateway.fetch("/", { headers: { "x-api-key": "k-4711" } })).status).toBe(200);
  });

  it("edit headers in both directions", async () => {
    await using gateway = await testGateway({ policies: [edit], upstream: { headers: { server: "php" } } });

    const response = await gateway.fetch("/", { headers: { "x-debug": "1", "x-tenant": "other" } });

    expect(gateway.upstream.requests).toMatchObject([{ headers: { "x-tenant": "acme" } }]);
    expect(gateway.upstream.requests[0]?.headers).not.toHaveProperty("x-debug");
    expect(response.headers.get("x-frame-options")).toBe("DENY");
    expect(response.headers.has("server")).toBe(false);
  });

  it("rewrite a JSON request, and refuse what is none", async () => {
    await using gateway = await testGateway({ policies: [rewriteRequest] });

    const refused = await gateway.fetch("/", { method: "POST", body: "lamp" });
    expect(refused.status).toBe(400);
    expect(gateway.upstream.requests).toEqual([]);

    await gateway.fetch("/", { method: "POST", body: '{"article":"lamp"}' });
    expect(gateway.upstream.requests).toMatchObject([{ body: '{"article":"lamp","tenant":"acme"}' }]);
  });

  it.each([
    ["that lets it pass", { status: 200 }, 200],
    ["that refuses", { status: 401 }, 403],
    ["that says nothing for half a second", { delay: "501ms" }, 503],
    ["that is not there", { fail: "refused" }, 503],
  ] as const)("ask a service %s", async (_how, auth, status) => {
    await using gateway = await testGateway({ policies: [ask], upstreams: { auth } });

    const response = await gateway.fetch("/", { headers: { authorization: "Bearer a" } });

    expect(response.status).toBe(status);
    expect(gateway.upstream.requests).toHaveLength(status === 200 ? 1 : 0);
  });

  it("put JSON into an envelope, and leave all else", async () => {
    await using gateway = await testGateway({
      policies: [rewriteResponse],
      upstream: ({ path, method }) => {
        const headers = { "content-type": path === "/json" ? "application/json" : "text/plain" };
        return { headers, body: method === "HEAD" ? "" : "[1]" };
      },
    });

    expect(await (await gateway.fetch("/json")).text()).toBe('{"data":[1]}');
    expect(await (await gateway.fetch("/text")).text()).toBe("[1]");
    expect((await gateway.fetch("/json", { method: "HEAD" })).status).toBe(200);
  });
});
