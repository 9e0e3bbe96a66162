import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { generatedSources } from "./bridge-source.js";

const script = fileURLToPath(new URL("../../scripts/build-quickjs.mjs", import.meta.url));

it("the bridge's generated files are what the tables of hostcalls and callbacks give", () => {
  const folder = new URL("./bridge/generated/", import.meta.url);
  const files = readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), "utf8")] as const);
  expect(new Map(files)).toEqual(generatedSources());
});

it("quickjs.wasm was built from the sources, flags and patches that are here", async () => {
  await expect(promisify(execFile)(process.execPath, [script, "--inputs"])).resolves.toMatchObject({ stderr: "" });
});
