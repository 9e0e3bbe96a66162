import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { bothWorlds, type World } from "../web-apis/worlds.js";
import { files, policyFile, wrongOnes } from "./vectors.js";

let worlds: Record<World["name"], World>;
beforeAll(async () => {
  const made = await bothWorlds(readFileSync(policyFile, "utf8"));
  worlds = Object.fromEntries(made.map((world) => [world.name, world])) as typeof worlds;
}, 300_000);

describe.each(["node", "module"] as const)("Wycheproof's vectors in the world %s", (world) => {
  it.each(files)("%s", { timeout: 60_000 }, async (file) => {
    const { count, wrong } = await wrongOnes(file, (text) => worlds[world].ask(`/${encodeURIComponent(text)}`));
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThanOrEqual(10);
  });
});
