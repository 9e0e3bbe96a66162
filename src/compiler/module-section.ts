/** The custom section by which a module of Sluice is known. */
import { readFileSync } from "node:fs";
import { concatenate, name, Reader, readSections, SectionId, writeModule } from "../engine/wasm-binary.js";

/** What stands in the section `sluice`, as JSON. */
export interface ModuleDescription {
  /** The policy's name; of a module of several their names. */
  name: string | readonly string[];
  /** The version of Sluice that made the module. */
  version: string;
  /** The file name of the source map that lies beside the module. */
  sourceMap?: string;
}

export const sectionName = "sluice";

/** This package's own version. */
export function kitVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
}

/** Whether Sluice made the module. */
export function isSluiceModule(wasm: Uint8Array): boolean {
  return readSections(wasm).some(
    ({ id, content }) => id === SectionId.Custom && new Reader(content).name() === sectionName,
  );
}

/** The module with the section at its end. */
export function withDescription(wasm: Uint8Array, description: ModuleDescription): Uint8Array {
  const content = concatenate([name(sectionName), new TextEncoder().encode(JSON.stringify(description))]);
  return writeModule([...readSections(wasm), { id: SectionId.Custom, content }]);
}
