import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { TemporaryProject } from "../../test/cli/temporary-project.js";
import { bundlePolicy, createPolicyBundler } from "./bundle.js";
import { lateEditsIn } from "./check-late-edits.js";

const late = `import { definePolicy, type RequestState } from "sluice";

interface Sized {
  readonly size: number;
}

export default definePolicy({
  async onRequest(request: RequestState): Promise<void> {
    const body = await request.intoBodyState();
    const sized: Sized = { size: body.bytes().length };
    request.headers.set("x-size", String(sized.size));
  },
});
`;

const repository = fileURLToPath(new URL("../../", import.meta.url));

describe("bundling a policy", () => {
  it("refuses a late edit, with its place, its source and the cure", async () => {
    await using project = await TemporaryProject.create({ "policy.ts": late });
    const path = project.path("policy.ts");

    await expect(bundlePolicy(path)).rejects.toMatchObject({
      code: "LATE_EDIT",
      message: `${path}:11:5: request.headers.set() after intoBodyState() in line 9 always fails (STATE_CONSUMED): make the change before, or await intoHeadersBodyState() in its place: status, headers and body (setBody) of what it gives can be changed.
   9 |     const body = await request.intoBodyState();
  10 |     const sized: Sized = { size: body.bytes().length };
> 11 |     request.headers.set("x-size", String(sized.size));
     |     ^^^^^^^^^^^^^^^^^^^
  12 |   },
  13 | });`,
    });
  });

  it("refuses it in every file of the policy, whether TypeScript or JavaScript, and not in its packages", async () => {
    const helper = "export async function read(request) { await request.intoBodyState(); request.path = '/'; }\n";
    await using project = await TemporaryProject.create({
      "policy.ts": `import { definePolicy } from "sluice"; import { read } from "./read.js"; import { read as other } from "reader";
export default definePolicy({ onRequest: async (request) => { await (request.containsBody ? read : other)(request); } });\n`,
      "read.js": helper,
      "node_modules/reader/package.json": '{ "type": "module", "exports": "./index.js" }',
      "node_modules/reader/index.js": helper,
    });

    const refused: unknown = await bundlePolicy(project.path("policy.ts")).catch((error: unknown) => error);
    expect((refused as Error).message.match(/^\S+:\d+:\d+/gm)).toEqual([`${project.path("read.js")}:1:70`]);
  });

  it("goes on once it is mended", async () => {
    await using project = await TemporaryProject.create({ "policy.ts": late });
    const bundler = await createPolicyBundler(project.path("policy.ts"));
    try {
      await expect(bundler.rebuild()).rejects.toMatchObject({ code: "LATE_EDIT" });
      await project.write("policy.ts", late.replace("intoBodyState", "intoHeadersBodyState"));
      await expect(bundler.rebuild()).resolves.toHaveProperty("code");
    } finally {
      await bundler.dispose();
    }
  });
});

describe("over all policies and tests of this repository", () => {
  /** Wrong uses that are never run. */
  const onPurpose = ["test/types/wrong/awaiting.ts", "test/types/wrong/mistakes.ts", "test/types/wrong/states.ts"];
  const files = execFileSync("git", ["ls-files", "*.ts", "*.js", "*.mjs"], { cwd: repository, encoding: "utf8" })
    .trim()
    .split("\n")
    .filter((path) => !path.startsWith("src/") || path.startsWith("src/cases/stubs/"));

  it("the check finds what is wrong on purpose, and nothing else", async () => {
    const found: string[] = [];
    for (const path of files) {
      if ((await lateEditsIn(join(repository, path), readFileSync(join(repository, path), "utf8"))).length > 0) {
        found.push(path);
      }
    }
    expect(files.length).toBeGreaterThan(300);
    expect(found).toEqual(onPurpose);
  }, 60_000);
});
