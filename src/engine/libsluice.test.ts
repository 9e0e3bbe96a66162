import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const script = fileURLToPath(new URL("../../scripts/build-native.mjs", import.meta.url));

it("libsluice was built, for each platform, from the sources, flags and patches that are here", async () => {
  await expect(promisify(execFile)(process.execPath, [script, "--inputs"])).resolves.toMatchObject({ stderr: "" });
});
