/** Calls of policies, whichever engine runs them. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { writeModule } from "../../src/envoy/compile-modules.js";
import { startGateway } from "../../src/gateway/index.js";
import { configOf, use } from "../envoy/support/config.js";

const source = fileURLToPath(new URL("../envoy/policies/ask-by-name.ts", import.meta.url));

async function compiled(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-policy-calls-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const module = join(folder, "ask-by-name.wasm");
  await writeModule(source, module);
  return module;
}

it.each([
  ["from source", () => Promise.resolve(source)],
  ["as a module", compiled],
])(
  "a call by a name sends the authority of the upstream's URL, %s",
  async (_how, fileOf) => {
    const service = createServer((request, response) => {
      response.end(request.headers.host);
    });
    await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      service.closeAllConnections();
      service.close();
    });
    const { port } = service.address() as AddressInfo;
    const file = await fileOf();
    const gateway = await startGateway(
      configOf({ service: `http://localhost:${port}` }, [{ policies: [{ ...use(""), file }] }]),
    );
    onTestFinished(() => gateway.close());
    const response = await fetch(`http://127.0.0.1:${gateway.port}/`);
    expect(await response.text()).toBe(`localhost:${port}`);
  },
  240_000,
); // the first build of the engine
