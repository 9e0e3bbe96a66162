/** Tests replace what their policies import. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { type ReplacedImports, type TestGatewayOptions, testGateway } from "sluice/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import audited from "./policies/audited.js";

const fake = new URL("./policies/fakes/upstream.ts", import.meta.url);

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "sluice-replace-")));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

async function answer(options: TestGatewayOptions, path = "/orders"): Promise<string> {
  await using gateway = await testGateway(options);
  const response = await gateway.fetch(path);
  return `${response.status} ${await response.text()}`;
}

describe.each(["native", "wasm"] as const)("a service that a test replaces, on the engine %s", (engine) => {
  const options = { policies: [audited], engine, upstreams: { audit: { status: 201 } } };
  const replace = { "sluice/upstream": fake };

  it("is the test's file, and what that takes of the service itself", async () => {
    await using gateway = await testGateway({ ...options, replace });
    const texts = await Promise.all(
      ["/orders", "/down", "/real"].map(async (path) => (await gateway.fetch(path)).text()),
    );
    expect(texts).toEqual(["audit: 299", "UPSTREAM_UNREACHABLE", "audit: 201"]);
    expect(gateway.upstreams.audit.requests).toMatchObject([{ path: "/real" }]);
  });

  it("is the service again in the next test", async () => {
    expect(await answer({ ...options, replace })).toBe("200 audit: 299");
    expect(await answer(options)).toBe("200 audit: 201");
    expect(await answer({ ...options, replace })).toBe("200 audit: 299");
  });
});

describe("a replacement", () => {
  it.each([
    ["a path from the working directory", relative(process.cwd(), fake.pathname)],
    ["an absolute path", fake.pathname],
    ["a URL", fake],
    ["a URL's text", fake.href],
  ])("may be %s", async (_what, file) => {
    expect(await answer({ policies: [audited], replace: { "sluice/upstream": file } })).toBe("200 audit: 299");
  });

  it("stands in for packages, and for what packages import", async () => {
    await write(
      "node_modules/@acme/ask/index.js",
      'export { upstream as ask } from "sluice/upstream"; export const sign = () => "acme";',
    );
    const policy = await write(
      "asks.ts",
      `import { definePolicy, Response } from "sluice"; import { ask, sign } from "@acme/ask"; import { stamp } from "stamp.js";
      export default definePolicy({ onRequest: async (_request, context) =>
        new Response(sign() + stamp + (await ask(context, "audit").fetch("/x")).status) });`,
    );
    const stamp = await write("fakes/stamp.ts", 'export const stamp: string = "-fake-";');
    const replace = { "sluice/upstream": fake, "stamp.js": stamp };
    expect(await answer({ policies: [policy], replace })).toBe("200 acme-fake-299");
    const whole = await write(
      "fakes/ask.ts",
      'export const ask = () => ({ fetch: async () => ({ status: 1 }) }); export const sign = () => "fake";',
    );
    expect(await answer({ policies: [policy], replace: { "@acme/ask": whole, "stamp.js": stamp } })).toBe(
      "200 fake-fake-1",
    );
  });

  it("is read again when it has changed", async () => {
    const file = await write("fakes/changing.ts", 'export const stamp = "first";');
    const policy = await write(
      "stamped.ts",
      `import { definePolicy, Response } from "sluice"; import { stamp } from "stamp";
      export default definePolicy({ onRequest: () => new Response(stamp) });`,
    );
    const options = { policies: [policy], replace: { stamp: file } };
    expect(await answer(options)).toBe("200 first");
    await write("fakes/changing.ts", 'export const stamp = "and second";');
    expect(await answer(options)).toBe("200 and second");
  });

  it("is for all policies of the test that import it", async () => {
    const other = await write(
      "other.ts",
      'import { definePolicy } from "sluice"; export default definePolicy({ onResponse(response) { response.headers.set("x-other", "1"); } });',
    );
    expect(await answer({ policies: [other, audited], replace: { "sluice/upstream": fake } })).toBe("200 audit: 299");
  });

  it("without what a policy imports of it is refused with the place of the import", async () => {
    const lacking = new URL("./policies/fakes/lacking.ts", import.meta.url);
    await expect(testGateway({ policies: [audited], replace: { "sluice/upstream": lacking } })).rejects.toMatchObject({
      code: "POLICY_IMPORT",
      message: expect.stringMatching(/audited\.ts:3:\d+: No matching export in ".*lacking\.ts" for import "/) as string,
    });
  });

  const refused: readonly (readonly [string, unknown, string])[] = [
    ["no object", "sluice/upstream", 'replace: expected an object of specifiers and files, got "sluice/upstream"'],
    ["a list", [], "replace: expected an object of specifiers and files, got []"],
    [
      "no file's name",
      { "sluice/upstream": 1 },
      'replace["sluice/upstream"]: expected the path or URL of a file, got 1',
    ],
    [
      "a file that is not there",
      { "sluice/upstream": "./fakes/none.ts" },
      "there is no file fakes/none.ts; paths are seen from the working directory",
    ],
    ["a folder", { "sluice/upstream": "test" }, "there is no file test"],
    ["the kit", { sluice: fake }, 'replace["sluice"]: the kit itself cannot be replaced'],
    [
      "a path in the place of a specifier",
      { "./db.js": fake },
      'replace["./db.js"]: expected what a service or a package is imported by',
    ],
    [
      "what nobody imports",
      { "sluice/upstrem": fake },
      'replace["sluice/upstrem"]: no policy of this test imports it: did you mean "sluice/upstream"? Their sources import sluice, sluice/upstream.',
    ],
    [
      "a service that nobody imports",
      { "sluice/metrics": fake },
      "no policy of this test imports it. Their sources import",
    ],
    ["what is like a pattern", { "sluice.upstream": fake }, "no policy of this test imports it"],
  ];
  it.each(refused)("is refused: %s", async (_what, replace, message) => {
    await expect(testGateway({ policies: [audited], replace: replace as ReplacedImports })).rejects.toMatchObject({
      code: "TEST_OPTIONS",
      message: expect.stringContaining(message) as string,
    });
  });

  it("of a service in a module, which is compiled already, is refused", async () => {
    const { compilePolicy } = await import("../../src/compiler/build-module.js");
    const file = join(folder, "audited.wasm");
    await writeFile(file, (await compilePolicy(new URL("./policies/audited.ts", import.meta.url).pathname)).wasm);
    await expect(
      testGateway({ policies: [pathToFileURL(file)], replace: { "sluice/upstream": fake } }),
    ).rejects.toMatchObject({
      code: "TEST_OPTIONS",
      message: expect.stringContaining("Their sources import nothing") as string,
    });
  });
});
