/** A gateway file as a folder: `modules/`, and what Envoy starts from, or manifests for what runs it. */
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { stringify } from "yaml";
import type { GatewayConfig } from "../config/types.js";
import { SluiceError } from "../errors.js";
import { makeFolder } from "../make-folder.js";
import { shownPath } from "../source-frame.js";
import { compileModules, type ModulesOptions, type PolicyModules } from "./compile-modules.js";
import type { Json } from "./json.js";

export interface WriteOptions {
  /** How the policies are compiled. */
  modules: ModulesOptions;
  /** Absolute path of the folder; it is made when it is not there. */
  folder: string;
  /** Name of the YAML file. */
  name: ConfigurationName;
  /** What stands in it. */
  documents: (modules: PolicyModules) => Promise<readonly Json[]>;
  /** What is not honoured; becomes a comment. */
  remarks: readonly string[];
}

const names = ["envoy.yaml", "istio.yaml", "envoy-gateway.yaml"] as const;
export type ConfigurationName = (typeof names)[number];

/** Tells our files from those of others. */
const mark = "# Written by sluice envoy.";
/** The policies' configurations may hold secrets. */
const ownerOnly = 0o600;

/**
 * Compiles the policies and writes everything. Files of an earlier call are replaced, the YAML file last and at once, and
 * modules that are no longer used are removed.
 *
 * @throws SluiceError USAGE when the folder has such a file or `modules` that `sluice envoy` did not write, or it cannot be
 *   written; the errors of `compilePolicy`. Nothing is replaced then.
 */
export async function writeConfiguration(config: GatewayConfig, options: WriteOptions): Promise<{ file: string }> {
  try {
    await assertOurs(options.folder);
    const temporary = join(options.folder, `.sluice-${process.pid}`);
    await makeFolder(temporary);
    try {
      return await writeBy(temporary, config, options);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  } catch (error) {
    throw asUsage(error, options.folder);
  }
}

/** Makes everything in a folder beside its place, so that what is there is replaced at once. */
async function writeBy(temporary: string, config: GatewayConfig, options: WriteOptions): Promise<{ file: string }> {
  const file = join(options.folder, options.name);
  const modules = join(options.folder, "modules");
  const compiled = await compileModules(config, temporary, options.modules);
  const files = [...new Set([...compiled.values()].flatMap(({ path, library = path }) => [path, library]))];
  const written = join(temporary, options.name);
  await writeFile(written, text(await options.documents(compiled), options.remarks), { mode: ownerOnly });

  await makeFolder(modules);
  for (const path of files) {
    await rename(path, join(modules, basename(path)));
  }
  await rename(written, file);
  await removeOthers(
    modules,
    files.map((path) => basename(path)),
  );
  return { file };
}

function text(documents: readonly Json[], remarks: readonly string[]): string {
  const comment =
    remarks.length === 0
      ? []
      : ["# What Envoy does differently from the embedded gateway:", ...remarks.map((remark) => `# - ${remark}`)];
  const yaml = documents
    .map((document) => stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 }))
    .join("---\n");
  return [mark, ...comment, "", yaml].join("\n");
}

async function assertOurs(folder: string): Promise<void> {
  const there = await readdir(folder).catch((error: unknown): string[] => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return [];
    }
    throw error;
  });
  const files = names.filter((name) => there.includes(name));
  const taken = files[0] ?? (there.includes("modules") ? "modules" : undefined);
  if (taken === undefined) {
    return;
  }
  const before = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
  if (files.length === 0 || before.some((text) => !text.startsWith(mark))) {
    throw new SluiceError(
      "USAGE",
      `--output: sluice did not write ${shownPath(join(folder, taken))}, so it does not replace it.`,
    );
  }
}

async function removeOthers(folder: string, kept: readonly string[]): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/\.(wasm|native|so)$/.test(name) && !kept.includes(name)) {
      await rm(join(folder, name));
    }
  }
}

function asUsage(error: unknown, folder: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof SluiceError || syscall === undefined) {
    return error;
  }
  return new SluiceError("USAGE", `--output: ${shownPath(folder)} cannot be written: ${code ?? syscall}.`, {
    cause: error,
  });
}
