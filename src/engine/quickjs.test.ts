import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const script = fileURLToPath(new URL("../../scripts/build-quickjs.mjs", import.meta.url));

it("quickjs.wasm was built from the sources, flags and patches that are here", async () => {
  await expect(promisify(execFile)(process.execPath, [script, "--inputs"])).resolves.toMatchObject({ stderr: "" });
});
