/** The folder that the fuzzed gateway is started in: its file, and a compiled policy beside the one from source. */
import { execFile } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const policy = fileURLToPath(new URL("policies/misbehave.ts", import.meta.url));
const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/**
 * @param {{ upstream: number, honest: number }} ports
 * @returns {Promise<string>} the folder, to be removed; the file in it is gateway.yaml
 */
export async function writeFuzzedGateway({ upstream, honest }) {
  const folder = await mkdtemp(join(tmpdir(), "sluice-fuzz-"));
  await promisify(execFile)(process.execPath, [main, "build", policy, "-o", join(folder, "misbehave.wasm")]);
  await writeFile(join(folder, "gateway.yaml"), gatewayFile({ upstream, honest }));
  return folder;
}

/** Short limits: what is given up must be given back while somebody looks. @param {{ upstream: number, honest: number }} ports */
function gatewayFile({ upstream, honest }) {
  const limits = "limits: { upstreamResponse: 1s, streamIdle: 2s }";
  const route = (/** @type {string} */ name, /** @type {string[]} */ uses, to = "up") =>
    `  - { name: ${name}, match: { pathPrefix: /${name} }, upstream: ${to}, policies: [${uses.join(", ")}], ${limits} }`;
  const use = (/** @type {string} */ does, more = "") =>
    `{ use: "${policy}", name: ${does}, config: { does: ${does} }${more} }`;
  return `listener:
  port: 0
  timeouts: { requestHeaders: 1s, requestBodyIdle: 1s, keepAlive: 1s }
upstreams:
  up: { url: "http://127.0.0.1:${upstream}", connectTimeout: 1s }
  oracle: { url: "http://127.0.0.1:${honest}" }
log: { level: error }
routes:
${route("plain", [])}
${route("throw", [use("throw")])}
${route("answer", [use("answer")])}
${route("gather", [use("gather")])}
${route("stream", [use("stream")])}
${route("ask", [use("ask")])}
${route("chain", [use("gather"), use("stream"), use("ask")])}
${route("allow", [use("throw", ", onError: allow"), use("gather", ", partialRequests: allow")])}
${route("module", ["{ use: ./misbehave.wasm, config: { does: mix } }"])}
${route("honest", [], "oracle")}
${route("honest-chain", [use("gather"), use("stream")], "oracle")}
`;
}
