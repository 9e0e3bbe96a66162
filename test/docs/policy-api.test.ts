/** The policies of docs/policy-api.md that work beside the exchanges, and in slices, do so. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { testGateway } from "../../src/testing/index.js";
import { codeBlocks, sectionsOf } from "./markdown.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
// Inside the project, so that packages are found.
const folder = `${root}.cache/policy-api-${process.pid}`;
const sections = sectionsOf(readFileSync(`${root}docs/policy-api.md`, "utf8"));

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  for (const [name, title] of [
    ["list", "Beside the exchanges"],
    ["sum", "Long work"],
  ] as const) {
    const [policy = ""] = codeBlocks(`${sections.find((section) => section.title === title)?.text ?? ""}\n`, "ts");
    writeFileSync(`${folder}/${name}.ts`, policy);
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it("a list is fetched every minute, and stays as it was where nobody answers", async () => {
  await using gateway = await testGateway({
    policies: [`${folder}/list.ts`],
    upstreams: { lists: [{ body: '["a"]' }, { status: 200, body: "no JSON" }, { body: '["b"]' }] },
  });
  const statuses = async () => {
    const answers = [];
    for (const client of ["a", "b"]) {
      answers.push((await gateway.fetch("/", { headers: { "x-client-id": client } })).status);
    }
    return answers;
  };
  await gateway.clock.advance("1s");
  expect(await statuses()).toEqual([403, 200]);
  await gateway.clock.advance("1m");
  expect(await statuses()).toEqual([403, 200]);
  expect(gateway.log).toMatchObject([
    { level: "error", message: expect.stringContaining("SCHEDULE_FAILED") as string },
  ]);
  await gateway.clock.advance("1m");
  expect(await statuses()).toEqual([200, 403]);
});

it.each(["native", "wasm"] as const)(
  "a filter that works in slices holds its message until it is done: %s",
  async (engine) => {
    await using gateway = await testGateway({ policies: [`${folder}/sum.ts`], engine });
    const rows = Array.from({ length: 5_000 }, (_, index) => `row;${index};2`).join("\n");
    await gateway.fetch("/", { method: "POST", body: rows });
    expect(gateway.upstream.requests).toMatchObject([{ headers: { "x-sum": "10000" } }]);
  },
  // One of them is compiled.
  120_000,
);
