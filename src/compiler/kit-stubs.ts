/**
 * What stands for the kit in the text of a policy that shares it with others: modules whose exports are asked for by a function that the
 * text finds around it. What a policy does not use of them is left out.
 */
import { relative, resolve } from "node:path";
import * as esbuild from "esbuild";
import { guestEntry, guestGlobals, publicEntry, publicFile, serviceSpecifiers } from "./package-paths.js";

/** The function, of a module of the kit and the name of what it exports. */
export const kitFunction = "sluiceKit";

/** esbuild's namespace of the modules. */
export const kitNamespace = "sluice-kit";

/** The modules of the kit that policies import, and those that the compiler does; by what they are imported as. */
export const kitGuest = "guest";
export const kitGlobals = "globals";

/** What a policy's text asks for. */
export interface KitExport {
  readonly specifier: string;
  readonly name: string;
}

/** The file (absolute) of a module. */
export function kitModuleFile(specifier: string): string {
  const file =
    specifier === kitGuest
      ? guestEntry
      : specifier === kitGlobals
        ? guestGlobals
        : specifier === "sluice"
          ? publicEntry
          : publicFile(specifier.slice("sluice/".length));
  return file as string;
}

let names: Promise<ReadonlyMap<string, readonly string[]>> | undefined;

/** What stands for a module. */
export async function kitStub(specifier: string): Promise<string> {
  names ??= readNames();
  const exported = (await names).get(specifier) ?? [];
  // What two modules export, and the compiler looks for, has one name in the text.
  const isShared = (name: string): boolean => specifier === kitGlobals && name === "Response";
  return exported
    .map((name) =>
      isShared(name)
        ? `export { ${name} } from "sluice";`
        : `export var ${name} = /* @__PURE__ */ ${kitFunction}(${JSON.stringify(specifier)}, "${name}");`,
    )
    .join("\n");
}

/** What a text with such modules in it asks for. */
export function kitExportsIn(code: string): KitExport[] {
  const asked = new RegExp(`\\b${kitFunction}\\("([^"]+)", "([^"]+)"\\)`, "g");
  return [...code.matchAll(asked)].map(([, specifier = "", name = ""]) => ({ specifier, name }));
}

/** The exports of the kit's modules, which do not change while a process runs. */
async function readNames(): Promise<ReadonlyMap<string, readonly string[]>> {
  const specifiers = ["sluice", ...serviceSpecifiers(), kitGuest, kitGlobals];
  const root = resolve("/");
  const { metafile } = await esbuild.build({
    entryPoints: specifiers.map(kitModuleFile),
    absWorkingDir: root,
    outdir: resolve(root, "kit"),
    format: "esm",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const outputs = Object.values(metafile.outputs);
  return new Map(
    specifiers.map((specifier) => {
      const file = relative(root, kitModuleFile(specifier)).replaceAll("\\", "/");
      return [specifier, outputs.find(({ entryPoint }) => entryPoint === file)?.exports ?? []];
    }),
  );
}
