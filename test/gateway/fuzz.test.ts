/** A few seconds of the fuzz; `node scripts/fuzz-gateway.mjs` runs it for as long as one likes. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

it("clients and upstreams that send and break off whatever they like harm neither the gateway nor anybody else", {
  timeout: 120_000,
}, async () => {
  const run = promisify(execFile)(process.execPath, [
    `${root}/scripts/fuzz-gateway.mjs`,
    "--seconds",
    "10",
    "--seed",
    "20",
    "--connections",
    "60",
  ]);
  const { stdout } = await run.catch((error: unknown) => error as { stdout: string });
  expect(stdout).toMatch(/\nok\n$/);
});
