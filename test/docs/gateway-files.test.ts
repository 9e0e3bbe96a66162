/** The gateway files of the examples are in order. */
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { loadGatewayFile } from "../../src/config/gateway-file.js";
import { compilePolicy } from "../../src/loading/compiled-policy.js";

const examples = fileURLToPath(new URL("../../examples/", import.meta.url));
const files = readdirSync(examples)
  .map((name) => `${examples}${name}/gateway.yaml`)
  .filter((file) => existsSync(file));

it.each(files)("%s is in order, and its policies take their configurations", async (file) => {
  const { config } = await loadGatewayFile(file, { compile: compilePolicy });
  expect(config.routes.length).toBeGreaterThan(0);
});
