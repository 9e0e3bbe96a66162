/** Files that are no mistakes but attacks, or not text at all: refused with a line, never a stack, and nothing is waited for. */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCaseFile } from "../cases/read-case-file.js";
import { SluiceError } from "../errors.js";
import { loadGatewayFile } from "./gateway-file.js";
import { readPolicyConfig } from "./policy-config.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-hostile-"));
});
afterAll(() => rm(folder, { recursive: true }));

const readers = {
  "a gateway file": (file: string): Promise<unknown> =>
    loadGatewayFile(file, { compile: () => Promise.resolve({ checkConfig: () => [] }), environment: {} }),
  "a configuration": (file: string): Promise<unknown> => readPolicyConfig(file, {}),
  "a file of cases": (file: string): Promise<unknown> => readCaseFile(file),
};
const kinds = Object.entries(readers);

/** The message that refuses it. */
async function messageOf(read: (file: string) => Promise<unknown>, content: string | Uint8Array): Promise<string> {
  const file = join(folder, "file.yaml");
  await writeFile(file, content);
  return refusal(read(file));
}

async function refusal(reading: Promise<unknown>): Promise<string> {
  const error: unknown = await reading.then(
    () => "not refused",
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SluiceError);
  expect((error as SluiceError).code).not.toBe("INTERNAL");
  return (error as SluiceError).message;
}

/** Ten values, of which each of the next has ten, and so on. */
const bomb = ["a: &a [0,0,0,0,0,0,0,0,0,0]"];
for (const [index, name] of Array.from("bcdefghij").entries()) {
  bomb.push(`${name}: &${name} [${`*${"abcdefghi"[index]},`.repeat(10)}]`);
}
/** The same in depth: each is 90 levels around the one before. */
const tower = ["a: &a 0"];
for (const [index, name] of Array.from("bcdefghij").entries()) {
  tower.push(`${name}: &${name} ${"[".repeat(90)}*${"abcdefghi"[index]}${"]".repeat(90)}`);
}

const deep = /file\.yaml:\d+:\d+\n {2}lists and mappings in more than 100 levels/;

describe.each(kinds)("%s is refused, with the line,", (_kind, read) => {
  it.each([
    ["a bomb of aliases", bomb.join("\n"), /file\.yaml:\d+:\d+\n {2}more than 1,000,000 values, those of aliases/],
    ["a tower of aliases", tower.join("\n"), deep],
    [
      "thousands of aliases",
      `a: &a 1\nb:\n  [${"*a,".repeat(20_000)}]`,
      /file\.yaml:3:3004\n {2}more than 1,000 aliases/,
    ],
    ["a key given twice", "a: { b: 1 }\nc: { b: 1, b: 2 }", /file\.yaml:2:12\n {2}Map keys must be unique/],
    ["an alias within its anchor", "a: 1\nb: &b { c: [*b] }", /file\.yaml:2:13\n {2}the alias \*b is within its own/],
    ["an alias without anchor", "a: 1\nb: *none", /file\.yaml:2:4\n {2}the alias \*none has no anchor &none before it/],
    ["an alias before its anchor", "a: *b\nb: &b 1", /file\.yaml:1:4\n {2}the alias \*b has no anchor/],
    ["lists in lists", "[".repeat(100_000), deep],
    ["lists that end", `a: ${"[".repeat(200)}${"]".repeat(200)}`, deep],
    ["mappings in mappings", "{ a: ".repeat(50_000), deep],
    ["dashes", `${"- ".repeat(100_000)}a`, deep],
    ["keys in keys", `${"? ".repeat(20_000)}a`, deep],
    ["blocks in blocks", Array.from({ length: 2_000 }, (_, index) => `${" ".repeat(index)}a:`).join("\n"), deep],
    ["a key that is a list", "a: 1\n? [b, c]\n: d", /file\.yaml:2:3\n {2}expected a key that is a text/],
    ["the key __proto__", "a:\n  __proto__: { b: 1 }", /file\.yaml:2:3\n {2}a key cannot be "__proto__"/],
    ["bytes that are no UTF-8", Buffer.from("a: 1\nb: \xff\n", "latin1"), /file\.yaml:2:1\n {2}expected text in UTF-8/],
    ["UTF-16", Buffer.from("\ufeffa: 1\n", "utf16le"), /file\.yaml:1:1\n {2}expected text in UTF-8/],
    ["control characters", "a: 1\nb: x\u0000\u001b[2J", /file\.yaml:2:5\n {2}expected text in UTF-8, got .* U\+0000/],
    ["C1 control characters", "a: \u009b2J", /file\.yaml:1:4\n {2}expected text in UTF-8, got .* U\+009B/],
  ])("for %s", async (_what, text, expected) => {
    const message = await messageOf(read, text);
    expect(message).toMatch(expected);
    expect(message.length).toBeLessThan(10_000);
    expect(message).not.toContain("\u001b");
  });

  it.each([
    ["a device that has no end", "/dev/zero", "expected a file, got a device, a pipe or a socket"],
    ["a folder", "/tmp", "expected a file, got a folder"],
    ["what is below a file", "/etc/passwd/x", "there is no such file"],
  ])("for %s", async (_what, file, reason) => {
    expect(await refusal(read(file))).toBe(`${file}: ${reason}.`);
  });

  it("for a pipe that nobody writes to, and links to it", async () => {
    const [pipe, link] = [join(folder, "pipe"), join(folder, "link")];
    await rm(pipe, { force: true });
    await rm(link, { force: true });
    execFileSync("mkfifo", [pipe]);
    await symlink(pipe, link);
    expect(await refusal(read(link))).toContain("expected a file, got a device, a pipe or a socket");
  });

  it("for a link to itself", async () => {
    const link = join(folder, "loop");
    await rm(link, { force: true });
    await symlink(link, link);
    expect(await refusal(read(link))).toContain("its links lead to no file");
  });

  it("for more than 4 MiB", async () => {
    expect(await messageOf(read, `# ${"x".repeat(4 * 1024 * 1024)}\n`)).toContain("expected at most 4MiB, got more");
  });
});

it("a mapping of very many keys is read at once", async () => {
  const file = join(folder, "wide.yaml");
  await writeFile(file, Array.from({ length: 100_000 }, (_, index) => `key${index}: 1`).join("\n"));
  expect(Object.keys((await readPolicyConfig(file, {})).value as object)).toHaveLength(100_000);
});

it("a file may be a link, begin with a byte order mark, and have many aliases", async () => {
  const [file, link] = [join(folder, "real.yaml"), join(folder, "linked.yaml")];
  await writeFile(file, `\ufeffa: &a { b: é }\nmany: [${"*a,".repeat(1_000)}]\n`);
  await symlink(file, link);
  const { value } = await readPolicyConfig(link, {});
  expect(value).toMatchObject({ a: { b: "é" } });
  expect((value as { many: unknown[] }).many).toHaveLength(1_000);
});
