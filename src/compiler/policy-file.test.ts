import { execFileSync } from "node:child_process";
import { symlink, truncate } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TemporaryProject } from "../../test/cli/temporary-project.js";
import { loadPolicy } from "../loading/load-policy.js";

/** In a file that is no policy. */
const secret = "hunter2:hunter2";
let project: TemporaryProject;
beforeAll(async () => {
  project = await TemporaryProject.create({
    passwd: secret,
    "settings.json": `{ ${secret}`,
    "notes.txt": secret,
    "style.css": `{ ${secret}`,
    "large.ts": "",
    "large.wasm": "",
  });
  await symlink(project.path("passwd"), project.path("link.ts"));
  await symlink(project.path("passwd"), project.path("link.wasm"));
  await symlink("/dev/zero", project.path("zero.ts"));
  await symlink("/dev/zero", project.path("zero.wasm"));
  await symlink(project.path("loop.ts"), project.path("loop.ts"));
  execFileSync("mkfifo", [project.path("pipe.ts"), project.path("pipe.wasm")]);
  await truncate(project.path("large.ts"), 17 * 1024 * 1024);
  await truncate(project.path("large.wasm"), 257 * 1024 * 1024);
});
afterAll(() => project[Symbol.asyncDispose]());

const otherName =
  "expected a policy's source (.ts, .mts, .js, .mjs …) or module (.wasm), got a file with another extension";
const device = "expected a policy's file, got a device, a pipe or a socket";

it.each([
  ["passwd", otherName],
  ["settings.json", otherName],
  ["notes.txt", otherName],
  ["style.css", otherName],
  ["link.ts", otherName],
  ["link.wasm", otherName],
  ["zero.ts", device],
  ["zero.wasm", device],
  ["pipe.ts", device],
  ["pipe.wasm", device],
  ["loop.ts", "it cannot be read (ELOOP)"],
  ["none.ts", "there is no such file"],
  ["passwd/none.ts", "there is no such file"],
  ["large.ts", "expected at most 16MiB, got 17825792 bytes"],
  ["large.wasm", "expected at most 256MiB, got 269484032 bytes"],
  [".", "expected a policy's file, got a folder"],
])("%s is refused as a policy, and nothing of it is shown: %s", async (name, reason) => {
  const file = name === "." ? project.folder : project.path(name);
  await expect(loadPolicy(file)).rejects.toMatchObject({
    code: "POLICY_NOT_FOUND",
    message: `${file}: ${reason}.`,
  });
});
