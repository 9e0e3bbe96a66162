/** What users hand to the commands: whatever it is, it is refused with its line, exit code 2 and no stack. */
import { symlink } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { CliProcess } from "./cli-process.js";
import { TemporaryProject } from "./temporary-project.js";

const policy = 'import { definePolicy } from "sluice";\nexport default definePolicy({});\n';
const secret = "hunter2:x:0:0";

function using(use: string): string {
  return `upstreams: { up: { url: "http://127.0.0.1:9" } }\nroutes:\n  - upstream: up\n    policies: [{ use: ${use} }]\n`;
}

async function refused(args: string[], files: Record<string, string>): Promise<string> {
  await using project = await TemporaryProject.create({ "policy.ts": policy, passwd: secret, ...files });
  await symlink("/dev/zero", project.path("zero.ts"));
  await using cli = new CliProcess(args, { cwd: project.folder });
  expect(await cli.exit()).toBe(2);
  expect(cli.stdout).toBe("");
  expect(cli.stderr).not.toMatch(/^\s+at /m);
  expect(cli.stderr).not.toContain("hunter2");
  return cli.stderr;
}

const run = ["run", "gateway.yaml"];
const deep = "[".repeat(100_000);

describe("the command line refuses", () => {
  it.each([
    [
      "a gateway file that is deep",
      run,
      { "gateway.yaml": deep },
      /gateway\.yaml:1:\d+\n {2}lists and mappings in more/,
    ],
    ["a gateway file without end", run, { "gateway.yaml": "a: &a [*a]" }, /gateway\.yaml:1:8\n {2}the alias \*a is/],
    ["an alias that is none", run, { "gateway.yaml": "a: *a" }, /gateway\.yaml:1:4\n {2}the alias \*a has no/],
    ["an upstream __proto__", run, { "gateway.yaml": "upstreams: { __proto__: 1 }" }, /gateway\.yaml:1:14\n {2}a key/],
    [
      "a policy that is a file of secrets",
      run,
      { "gateway.yaml": using("./passwd") },
      /gateway\.yaml:4:23 .*\n.*a policy's source/,
    ],
    ["a policy without end", run, { "gateway.yaml": using("./zero.ts") }, /gateway\.yaml:4:23 .*\n.*got a device/],
    ["a device for a policy", run, { "gateway.yaml": using("/dev/zero") }, /gateway\.yaml:4:23 .*\n.*got a device/],
    ["a device for a gateway file", ["run", "/dev/zero"], {}, /\/dev\/zero: expected a file, got a device/],
    ["a file of secrets to build", ["build", "./passwd"], {}, /passwd: expected a policy's source/],
    ["a file of secrets to develop", ["dev", "./passwd"], {}, /passwd: expected a policy's source/],
    [
      "a device for a configuration",
      ["dev", "policy.ts", "--config", "/dev/zero"],
      {},
      /expected a file, got a device/,
    ],
    [
      "a deep configuration",
      ["dev", "policy.ts", "--config", "deep.yaml"],
      { "deep.yaml": deep },
      /deep\.yaml:1:\d+\n/,
    ],
    [
      "a deep configuration in the line",
      ["dev", "policy.ts", "--config", `{a: ${"[".repeat(9_000)}`],
      {},
      /--config:1:\d+\n/,
    ],
  ] as const)("%s", async (_what, args, files, expected) => {
    expect(await refused([...args], files)).toMatch(expected);
  });
});
