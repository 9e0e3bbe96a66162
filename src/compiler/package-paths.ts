import { existsSync, readdirSync, readFileSync } from "node:fs";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** `.ts` while the package runs from its sources, `.js` once it is built. */
const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";

function packageFile(path: string): string {
  return fileURLToPath(new URL(`../${path}${extension}`, import.meta.url));
}

/** What the specifier `sluice` means inside a policy: always this package, so that policy and guest share one copy. */
export const publicEntry = packageFile("index");

/** What services are made from: `sluice/service`. */
const servicePort = packageFile("policy/service");

/** As `paths` of a tsconfig.json: what a policy imports of this package, where it is not installed beside the policy. */
export const typeDeclarations = {
  sluice: [declarationsOf(publicEntry)],
  "sluice/service": [declarationsOf(servicePort)],
  "sluice/*": [declarationsOf(packageFile("services/*/index"))],
};

function declarationsOf(path: string): string {
  return path.replace(/\.js$/, ".d.ts");
}

/**
 * The file that `sluice/<name>` means inside a policy and the packages it imports, wherever they are installed: this package's, so that
 * all share one copy. undefined: policies have nothing of that name.
 */
export function publicFile(name: string): string | undefined {
  if (name === "service") {
    return servicePort;
  }
  const file = /^[a-z][a-z-]*$/.test(name) ? packageFile(`services/${name}/index`) : undefined;
  return file !== undefined && existsSync(file) ? file : undefined;
}

/** What policies may import beside `sluice`. */
export function serviceSpecifiers(): string[] {
  const folder = fileURLToPath(new URL("../services/", import.meta.url));
  return [...readdirSync(folder).sort(), "service"].map((name) => `sluice/${name}`);
}

/** What programs in Node import of this package, and policies cannot. */
export function nodeSpecifiers(): string[] {
  const { exports } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    exports: Readonly<Record<string, unknown>>;
  };
  const names = Object.keys(exports).filter((name) => /^\.\/[a-z-]+$/.test(name) && name !== "./service");
  return names.map((name) => name.replace(".", "sluice"));
}

/** Turns a policy into what a host runs. */
export const guestEntry = packageFile("guest/entry");

/** The globals of a policy's world; bound to free identifiers. */
export const guestGlobals = packageFile("guest/globals");

/** Makes them properties of `globalThis`. */
export const guestGlobalObject = packageFile("guest/define-globals");

/** `src` is what the source maps of `dist` name. */
const kitFolders = ["../../src/", "../../dist/"].map((folder) => fileURLToPath(new URL(folder, import.meta.url)));

/** Whether a file (absolute path) is part of this package rather than of a policy. The stubs of cases are policies. */
export function isKitFile(path: string): boolean {
  return kitFolders.some((folder) => path.startsWith(folder) && !path.startsWith("cases/stubs/", folder.length));
}

/** In front of the path of what a package's `browser` map turns off, esbuild says so: an empty module is there, and no file. */
export const disabledFile = "(disabled):";

const modulesFolder = `${sep}node_modules${sep}`;

/** The name of the installed package that a file (absolute path) belongs to; undefined for a policy's own files. */
export function packageOf(path: string): string | undefined {
  const start = path.lastIndexOf(modulesFolder);
  if (start < 0) {
    return undefined;
  }
  const [scopeOrName = "", name = ""] = path.slice(start + modulesFolder.length).split(sep);
  return scopeOrName.startsWith("@") ? `${scopeOrName}/${name}` : scopeOrName;
}

/**
 * What a module and its source map call a file: seen from the policy's folder, below `node_modules/` for a package,
 * below `sluice/` for the kit. Two machines that build the same policy use the same names.
 */
export function portableName(path: string, policyFolder: string): string {
  const kitFolder = kitFolders.find((folder) => path.startsWith(folder));
  const name =
    kitFolder !== undefined
      ? `sluice/${path.slice(kitFolder.length)}`
      : packageOf(path) === undefined
        ? relative(policyFolder, path)
        : path.slice(path.lastIndexOf(modulesFolder) + 1);
  return name.replaceAll(sep, "/");
}
