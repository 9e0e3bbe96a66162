/** A global that the engines lack would fail at run time, perhaps only on a rare path: it is found when the policy is compiled. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { SluiceError } from "../errors.js";
import { shownPath, sourceFrame } from "../source-frame.js";
import { availableGlobals, globalThisAliases, insteadOfGlobal, replacedGlobals } from "./available-globals.js";
import type { BundleSyntax } from "./bundle-syntax.js";
import { freeGlobals } from "./free-globals.js";
import { isKitFile, packageOf } from "./package-paths.js";

/** esbuild's output, and its source map (JSON). */
interface BundleText {
  readonly syntax: BundleSyntax;
  readonly map: string;
}

/** A use with its place in the source. */
interface MissingGlobal {
  name: string;
  /** It is there, but makes code of text, which fails. */
  compiles: boolean;
  path: string;
  line: number;
  column: number;
}

/**
 * Looks for globals that policies do not have. A name that a file also asks for with `typeof` counts as guarded there.
 * Packages probe for globals in more ways than that, so what they use is told and not refused. So are the places that make code of text:
 * many packages contain one that is never called.
 *
 * @returns one sentence for each package and global, and for each such place.
 * @throws SluiceError `POLICY_GLOBAL` for the policy's own files.
 */
export function checkGlobals({ syntax, map }: BundleText): string[] {
  const missing = missingGlobals(syntax, map);
  const own = missing.filter(({ path, compiles }) => !compiles && packageOf(path) === undefined);
  if (own.length > 0) {
    throw new SluiceError("POLICY_GLOBAL", own.map(describe).join("\n\n"));
  }
  return [
    ...new Set(
      missing.map((use) =>
        use.compiles
          ? `${place(use)}: ${owner(use)} makes code of text with ${use.name === "eval" ? "eval()" : "Function()"}, which a policy cannot: if it is called, it fails with NO_COMPILER.`
          : `${owner(use)} uses "${use.name}", which is not available in a policy: where it does, it fails.`,
      ),
    ),
  ];
}

/**
 * The same for a policy that is run from its source, where the check of a whole bundle would take most of a start's time: it is made
 * only where the name of something that Node or a browser has, and policies have not, or a call of `Function` occurs at all. Of packages
 * only what the bundle has of them counts: the one that Sluice itself uses speaks of such names in parts that it does not.
 *
 * @throws SluiceError `POLICY_GLOBAL`
 */
export function checkKnownGlobals(bundle: BundleText): string[] {
  return bundle.syntax.parts.some(
    ({ origin, text }) => origin !== "kit" && (knownMissing.test(text) || callsFunction.test(text)),
  )
    ? checkGlobals(bundle)
    : [];
}

const found: ReadonlySet<string> = new Set([...availableGlobals, ...globalThisAliases]);

const callsFunction = /(?<![.\w$"'`-])(?:Function|eval)\s*\(/;

const knownMissing = new RegExp(
  `(?<![.\\w$"'\`-])(?:${[...new Set([...replacedGlobals, ...Object.getOwnPropertyNames(globalThis)])]
    .filter((name) => /^[A-Za-z]\w*$/.test(name) && !found.has(name))
    .join("|")})(?![\\w$]| *:)`,
);

function missingGlobals(syntax: BundleSyntax, map: string): MissingGlobal[] {
  const { text } = syntax;
  const uses = freeGlobals(text, syntax.program()).filter(
    ({ name, compiles }) => compiles || !availableGlobals.has(name),
  );
  if (uses.length === 0) {
    return [];
  }
  const trace = new TraceMap(map);
  const found: MissingGlobal[] = [];
  const guarded = new Set<string>();
  for (const { name, start, guard, compiles } of uses) {
    const original = originalPositionFor(trace, positionOf(text, start));
    if (original.source?.startsWith("file:") !== true) {
      continue;
    }
    const path = fileURLToPath(original.source);
    if (isKitFile(path)) {
      continue;
    }
    if (guard) {
      guarded.add(`${name} ${path}`);
    } else {
      found.push({ name, compiles, path, line: original.line ?? 1, column: (original.column ?? 0) + 1 });
    }
  }
  return found.filter(({ name, path }) => !guarded.has(`${name} ${path}`));
}

/** Lines count from 1, columns from 0. */
function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: before.at(-1)?.length ?? 0 };
}

function place({ path, line, column }: MissingGlobal): string {
  return `${shownPath(path)}:${String(line)}:${String(column)}`;
}

function owner({ path }: MissingGlobal): string {
  const name = packageOf(path);
  return name === undefined ? "The policy" : `The package "${name}"`;
}

function describe(use: MissingGlobal): string {
  const { name, path, line, column } = use;
  const frame = sourceFrame(readFileSync(path, "utf8"), line, column, name.length);
  return `${place(use)}: "${name}" is not available in a policy: ${insteadOfGlobal(name)}\n${frame}`;
}
