/** The rules of imports inside `src/`, each a function from the files to a list of violations. */

import { importedPath, type SourceFile } from "./source-files.js";

/**
 * The parts of `src/` from the bottom up, each with the parts that it may import besides itself. A file belongs to the
 * part with the longest matching name. A part names only parts above it in this table, so the table has no cycle.
 */
export const parts: Readonly<Record<string, readonly string[]>> = {
  "errors.ts": [],
  "thrown.ts": [],
  "redact.ts": ["errors.ts", "thrown.ts"],
  "plain-text.ts": [],
  "web-assembly.ts": [],
  "make-folder.ts": [],
  "timer-queue.ts": [],
  abi: ["errors.ts"],
  // The rules of a chain, for the gateway's and for the one in a guest.
  chain: ["abi"],
  trace: ["errors.ts", "redact.ts", "abi"],
  // The guest: what runs inside a policy module.
  policy: ["errors.ts", "thrown.ts", "redact.ts", "abi"],
  // What services that keep state are made from.
  state: ["errors.ts", "thrown.ts", "abi", "policy"],
  services: ["errors.ts", "thrown.ts", "redact.ts", "abi", "policy", "state"],
  guest: ["errors.ts", "thrown.ts", "redact.ts", "timer-queue.ts", "abi", "chain", "trace", "policy"],
  // Services are entries of their own: what drives policies knows none of them.
  "index.ts": ["errors.ts", "policy"],
  // The host: runs policies; knows bundles and modules, not how they are written.
  host: ["errors.ts", "thrown.ts", "redact.ts", "abi", "chain", "trace"],
  "host/native": ["errors.ts", "thrown.ts", "redact.ts", "abi", "trace", "host"],
  "host/wasm": ["errors.ts", "thrown.ts", "redact.ts", "web-assembly.ts", "abi", "trace", "host"],
  // Tools.
  "source-frame.ts": ["plain-text.ts"],
  config: ["errors.ts", "thrown.ts", "redact.ts", "abi", "host", "source-frame.ts"],
  catalogue: ["errors.ts", "config"],
  // Bundled by the engine, never imported: it runs inside the module.
  "engine/prelude": ["thrown.ts", "abi"],
  engine: ["errors.ts", "thrown.ts", "redact.ts", "web-assembly.ts", "make-folder.ts", "abi"],
  "late-edits": [],
  eslint: ["late-edits"],
  compiler: [
    "errors.ts",
    "thrown.ts",
    "redact.ts",
    "web-assembly.ts",
    "abi",
    "policy",
    "source-frame.ts",
    "late-edits",
    "config",
    "catalogue",
    "engine",
  ],
  envoy: ["errors.ts", "thrown.ts", "redact.ts", "make-folder.ts", "abi", "source-frame.ts", "config", "compiler"],
  viewer: ["errors.ts", "redact.ts", "trace"],
  loading: [
    "errors.ts",
    "thrown.ts",
    "abi",
    "host",
    "host/native",
    "host/wasm",
    "source-frame.ts",
    "config",
    "compiler",
  ],
  testing: [
    "errors.ts",
    "thrown.ts",
    "timer-queue.ts",
    "abi",
    "policy",
    "services",
    "host",
    "host/native",
    "source-frame.ts",
    "config",
    "catalogue",
    "compiler",
    "loading",
  ],
  gateway: [
    "errors.ts",
    "thrown.ts",
    "redact.ts",
    "abi",
    "trace",
    "host",
    "source-frame.ts",
    "config",
    "catalogue",
    "compiler",
    "viewer",
    "loading",
  ],
  cases: [
    "errors.ts",
    "thrown.ts",
    "abi",
    "host",
    "source-frame.ts",
    "config",
    "catalogue",
    "compiler",
    "envoy",
    "testing",
    "gateway",
  ],
  cli: [
    "errors.ts",
    "thrown.ts",
    "redact.ts",
    "plain-text.ts",
    "make-folder.ts",
    "abi",
    "trace",
    "host",
    "host/native",
    "host/wasm",
    "source-frame.ts",
    "config",
    "catalogue",
    "engine",
    "compiler",
    "envoy",
    "viewer",
    "loading",
    "testing",
    "gateway",
    "cases",
  ],
};

/** The parts whose code runs inside modules, the guest's on every engine: no Node, and no packages. */
export const guestParts: readonly string[] = [
  "index.ts",
  "errors.ts",
  "redact.ts",
  "thrown.ts",
  "timer-queue.ts",
  "abi",
  "chain",
  "trace",
  "policy",
  "state",
  "services",
  "guest",
  "engine/prelude",
];

/** Packages that guest parts may name in types. */
const guestTypePackages: readonly string[] = ["@standard-schema/spec"];

/** The part that a file belongs to. */
export function partOf(path: string): string | undefined {
  return Object.keys(parts)
    .filter((part) => path === part || path.startsWith(`${part}/`))
    .sort((a, b) => b.length - a.length)[0];
}

/** Imports that point up, sideways, or to nothing. */
export function wrongDirections(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const from = partOf(file.path);
    if (from === undefined) {
      return [`${file.path}: belongs to no part`];
    }
    return file.imports.flatMap(({ specifier }) => {
      const path = importedPath(file, specifier);
      if (path === undefined) {
        return [];
      }
      const to = partOf(path);
      if (to !== undefined && (to === from || parts[from]?.includes(to) === true)) {
        return [];
      }
      return [`${file.path}: ${from} must not import ${path}`];
    });
  });
}

/** Cycles of files, each once, from its first file in order of paths; imports of types count. */
export function cycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) {
      found.push([...trail.slice(start), path].join(" -> "));
      return;
    }
    const file = byPath.get(path);
    if (file === undefined || done.has(path)) {
      return;
    }
    for (const { specifier } of file.imports) {
      const target = importedPath(file, specifier);
      if (target !== undefined) {
        visit(target, [...trail, path]);
      }
    }
    done.add(path);
  };
  for (const { path } of files) {
    visit(path, []);
  }
  return found;
}

/** Files that hand on what others export, unless they are entries. */
export function barrels(files: readonly SourceFile[], entries: readonly string[]): string[] {
  return files
    .filter(({ path, imports }) => !entries.includes(path) && imports.some(({ reExport }) => reExport))
    .map(({ path }) => `${path}: only an entry re-exports`);
}

/** Imports of Node or of a package in a guest part. */
export function foreignGuestImports(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => guestParts.includes(partOf(path) ?? ""))
    .flatMap((file) =>
      file.imports
        .filter(({ specifier }) => importedPath(file, specifier) === undefined)
        .filter(({ specifier, typeOnly }) => !(typeOnly && guestTypePackages.includes(specifier)))
        .map(({ specifier }) => `${file.path}: guest code must not import "${specifier}"`),
    );
}

/** Files longer than `limit` lines. */
export function longFiles(files: readonly SourceFile[], limit: number, excepted: readonly string[]): string[] {
  return files
    .filter(({ path, lines }) => lines > limit && !excepted.includes(path))
    .map(({ path, lines }) => `${path}: ${lines} lines, at most ${limit}`);
}
