/** What policies are compiled for, as the command line says it. */
import { Option } from "commander";
import { findLibrary, type NativeLibrary, type Processor, processorOf, processors } from "../envoy/native/library.js";
import { SluiceError } from "../errors.js";

export const targets = ["proxy-wasm", "envoy-native"] as const;
export type Target = (typeof targets)[number];

/** As they stand on the command line. */
export interface TargetArguments {
  target: Target;
  cpu?: Processor;
}

export function targetOption(): Option {
  return new Option(
    "--target <target>",
    "what policies become: a module, or code that Envoy runs in its own process, without a sandbox",
  )
    .choices(targets)
    .default("proxy-wasm" satisfies Target);
}

export function cpuOption(): Option {
  return new Option("--cpu <processor>", "with --target envoy-native: where Envoy runs (default: as here)").choices(
    processors,
  );
}

/**
 * The library that goes along with what is built; undefined for modules.
 *
 * @throws SluiceError USAGE, NATIVE_LIBRARY
 */
export async function libraryFor({ target, cpu }: TargetArguments): Promise<NativeLibrary | undefined> {
  if (target === "envoy-native") {
    return findLibrary(cpu ?? processorOf());
  }
  if (cpu !== undefined) {
    throw new SluiceError("USAGE", "--cpu is an option of --target envoy-native: give that, too, or leave it out.");
  }
  return undefined;
}
