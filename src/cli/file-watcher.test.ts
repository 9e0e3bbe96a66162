import { mkdir, mkdtemp, realpath, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createFileWatcher, type FileWatcher, matters } from "./file-watcher.js";

let folder: string;
let watcher: FileWatcher;
let changed: () => void;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "sluice-watch-")));
  changed = () => undefined;
  watcher = createFileWatcher(() => {
    changed();
  });
});
afterEach(async () => {
  watcher.close();
  await rm(folder, { recursive: true });
});

/** What is reported after `act`. */
async function change(act: () => Promise<void>): Promise<void> {
  const next = new Promise<void>((resolve) => (changed = resolve));
  await act();
  await next;
}

const save = (name: string): Promise<void> => writeFile(join(folder, name), String(Math.random()));

it("sees a file that is written, and one that is replaced, again and again", async () => {
  await save("policy.ts");
  watcher.watch([join(folder, "policy.ts")]);
  for (let time = 0; time < 2; time += 1) {
    await change(() => save("policy.ts"));
    await change(async () => {
      await save("policy.ts~");
      await rename(join(folder, "policy.ts~"), join(folder, "policy.ts"));
    });
  }
});

it("sees new sources beside the watched files", async () => {
  await save("data.txt");
  watcher.watch([join(folder, "data.txt")]);
  await change(() => save("data.txt"));
  await change(() => save("new.ts"));
});

it.each([
  ["/p/policy.ts", true],
  ["/p/data.txt", true],
  ["/p/new.mts", true],
  ["/p/new.json", true],
  ["/p/other.txt", false],
  ["/p/policy.ts~", false],
])("of %s a change matters: %s", (path, expected) => {
  expect(matters(path, new Set(["/p/policy.ts", "/p/data.txt"]))).toBe(expected);
});

it("watches other folders when the files change, and none in the end", async () => {
  await mkdir(join(folder, "a"));
  await mkdir(join(folder, "b"));
  const before = watched();
  watcher.watch([join(folder, "a/x.ts"), join(folder, "a/y.ts")]);
  await expect.poll(watched).toBe(before + 1);
  watcher.watch([join(folder, "b/x.ts")]);
  await expect.poll(watched).toBe(before + 1);
  await change(() => save("b/x.ts"));
  watcher.close();
  await expect.poll(watched).toBe(before);
});

function watched(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === "FSEventWrap").length;
}

it("takes a folder that does not exist for one without changes", () => {
  expect(() => {
    watcher.watch([join(folder, "none/x.ts")]);
  }).not.toThrow();
});

it("opens nothing once it is closed", () => {
  const before = watched();
  watcher.close();
  watcher.watch([join(folder, "policy.ts")]);
  expect(watched()).toBe(before);
});
