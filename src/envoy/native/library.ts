/** Finds `libsluice`, by which Envoy runs policies natively: each platform has a package with it. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { kitVersion } from "../../compiler/module-section.js";
import { SluiceError } from "../../errors.js";

/** Processors, in Node's words, that there is a library for. */
export const processors = ["x64", "arm64"] as const;
export type Processor = (typeof processors)[number];

export interface NativeLibrary {
  /** Where it is installed. */
  path: string;
  /** What a copy of it is to be called: Envoy does not load a path anew, whatever is there then. */
  fileName: string;
}

const require = createRequire(import.meta.url);

/**
 * The library for Envoys on Linux with this processor.
 *
 * @throws SluiceError `NATIVE_LIBRARY` when it is not installed, or is of another version
 */
export async function findLibrary(processor: Processor): Promise<NativeLibrary> {
  const version = kitVersion();
  const name = `@sluice/envoy-linux-${processor}`;
  const cure = `npm install --os=linux --cpu=${processor} --libc=glibc ${name}@${version}`;
  const manifest = resolved(`${name}/package.json`);
  if (manifest === undefined) {
    throw new SluiceError(
      "NATIVE_LIBRARY",
      `${name}: expected the package with libsluice for Envoy on Linux with ${processor}, which is not installed: ${cure}`,
    );
  }
  const { version: installed } = JSON.parse(await readFile(manifest, "utf8")) as { version: string };
  if (installed !== version) {
    throw new SluiceError("NATIVE_LIBRARY", `${name}: expected version ${version}, got ${installed}: ${cure}`);
  }
  const path = require.resolve(`${name}/libsluice.so`);
  const hash = createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
  return { path, fileName: `libsluice-${version}-${hash.slice(0, 8)}.so` };
}

/** @throws SluiceError `NATIVE_LIBRARY` where there is no library for it */
export function processorOf({ platform, arch, glibc }: Machine = thisMachine()): Processor {
  const processor = processors.find((known) => known === arch);
  if (platform === "linux" && glibc && processor !== undefined) {
    return processor;
  }
  const got = `${platform}${platform === "linux" && !glibc ? " without glibc" : ""} on ${arch}`;
  throw new SluiceError(
    "NATIVE_LIBRARY",
    `There is a libsluice for Linux with glibc on ${processors.join(" and ")}, this is ${got}: take the target proxy-wasm, which runs everywhere.`,
  );
}

/** In Node's words. */
export interface Machine {
  platform: string;
  arch: string;
  glibc: boolean;
}

function thisMachine(): Machine {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return { platform: process.platform, arch: process.arch, glibc: header.glibcVersionRuntime !== undefined };
}

function resolved(specifier: string): string | undefined {
  try {
    return require.resolve(specifier);
  } catch {
    return undefined;
  }
}
