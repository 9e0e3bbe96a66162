/** `sluice build --target envoy-native`: the policies' file, the library that runs it, and what Envoy's configuration says of both. */
import { readdirSync, rmSync, statSync } from "node:fs";
import { copyFile, rename } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { stringify } from "yaml";
import { compileNative } from "../compiler/build-native.js";
import { stopCompiler } from "../compiler/bundle.js";
import type { LocatedPolicy } from "../config/located-policy.js";
import { codeFileName } from "../envoy/compile-modules.js";
import { answeringFilter, answeringName, nativeFilter } from "../envoy/native/filter.js";
import type { NativeLibrary } from "../envoy/native/library.js";
import { nativeVersions } from "../envoy/native/versions.js";
import { SluiceError } from "../errors.js";
import { shownPath } from "../source-frame.js";
import { grouped } from "./size-table.js";
import { writeWhole } from "./write-whole.js";

export interface NativeBuild {
  /** What the file is called. */
  name: string;
  policies: readonly LocatedPolicy[];
  library: NativeLibrary;
  output: string | undefined;
  /** Refuses what else is wrong with the policies. */
  checked: () => Promise<void>;
}

/** Throws what is wrong with a policy; nothing is written then. */
export async function buildNative({ name, policies, library, output, checked }: NativeBuild): Promise<void> {
  const folder = outputFolder(output);
  const { code, map, warnings, seeing } = await compiledOnce(policies);
  await checked();

  const fileName = codeFileName(name, code);
  const file = join(folder, fileName);
  await writeWhole(file, code);
  await writeWhole(`${file}.map`, map);
  const copy = join(folder, library.fileName);
  await copyFile(library.path, `${copy}.${process.pid}`);
  // One that an Envoy has loaded stays what it is.
  await rename(`${copy}.${process.pid}`, copy);
  removeFormer(folder, name, fileName);
  for (const warning of warnings) {
    console.error(`warning: ${warning}`);
  }
  console.log(
    [
      `${shownPath(file)}: ${grouped(code.length)} bytes`,
      `${shownPath(copy)}: ${grouped(statSync(copy).size)} bytes, for Envoy ${nativeVersions}`,
      "In Envoy's http_filters, each behind what may answer before, with the paths where Envoy finds both:",
      stringify(filters(policies, { file, library: copy, answered: seeing.size > 0 }), { lineWidth: 0 })
        .trimEnd()
        .replace(/^/gm, "  "),
    ].join("\n"),
  );
}

interface NativeFiles {
  file: string;
  library: string;
  /** Some of the policies may see responses. */
  answered: boolean;
}

function filters(policies: readonly LocatedPolicy[], { file, library, answered }: NativeFiles): unknown {
  const [only, ...others] = policies.map(({ name }) => name);
  const uses = policies.map(({ name }) => ({ policy: name, config: {} }));
  const configuration = JSON.stringify(others.length === 0 ? {} : { sluice: { uses } });
  return [
    ...(answered ? [{ name: answeringName, typed_config: answeringFilter(library) }] : []),
    {
      name: `sluice/${only}`,
      typed_config: nativeFilter({
        rootId: `envoy/${only}`,
        vmId: only ?? "",
        path: file,
        library,
        answered,
        configuration,
      }),
    },
  ];
}

/** Earlier builds of these policies. */
function removeFormer(folder: string, name: string, current: string): void {
  const [start, end] = [`${name}-`, /^[0-9a-f]{8}\.native(\.map)?$/];
  for (const entry of readdirSync(folder)) {
    if (entry.startsWith(start) && end.test(entry.slice(start.length)) && !entry.startsWith(current)) {
      rmSync(join(folder, entry));
    }
  }
}

function outputFolder(output = "dist"): string {
  if (
    extname(output) !== "" &&
    statSync(output, { throwIfNoEntry: false })?.isDirectory() !== true &&
    !/[\\/]$/.test(output)
  ) {
    throw new SluiceError(
      "USAGE",
      `--output: expected a folder, which gets the policies' file and the library, got ${output}.`,
    );
  }
  return resolve(output);
}

async function compiledOnce(policies: readonly LocatedPolicy[]): ReturnType<typeof compileNative> {
  try {
    return await compileNative(policies);
  } finally {
    await stopCompiler();
  }
}
