/** What esbuild finds wrong with a policy, in the words of a policy's author. */
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { resolve } from "node:path";
import type { Location, Message } from "esbuild";
import { didYouMean } from "../config/did-you-mean.js";
import { type ErrorCode, SluiceError } from "../errors.js";
import { shownPath, sourceFrame } from "../source-frame.js";
import { entryNamespace } from "./kit-names.js";
import { nodeSpecifiers, packageOf, serviceSpecifiers } from "./package-paths.js";

/** Of more problems than these, only how many there are is told: they have one cause, such as a package that is for Node. */
const mostShown = 10;

/** Turns whatever esbuild threw into a SluiceError: the code of its first error, the text of all of them. */
export function policyBuildError(file: string, error: unknown): SluiceError {
  const messages = (error as { errors?: Message[] }).errors;
  const problems = messages?.map((message) => describe(file, message)) ?? [];
  const [first] = problems;
  if (first === undefined) {
    return new SluiceError("INTERNAL", `${file}: the compiler failed.`, { cause: error });
  }
  const texts = problems.slice(0, mostShown).map(({ text }) => text);
  if (problems.length > mostShown) {
    texts.push(`… and ${problems.length - mostShown} more.`);
  }
  return new SluiceError(first.code, texts.join("\n\n"), { cause: error });
}

interface Problem {
  code: ErrorCode;
  text: string;
}

function describe(file: string, { text, location }: Message): Problem {
  const unresolved = /^Could not resolve "(.*)"$/.exec(text)?.[1];
  if (unresolved !== undefined) {
    const importer = location === null ? undefined : packageOf(resolve("/", location.file));
    return isBuiltin(unresolved)
      ? problem("POLICY_BUILTIN_IMPORT", builtinImport(unresolved, importer), location)
      : problem("POLICY_IMPORT", missingImport(unresolved, importer), location);
  }
  if (/^Top-level await/i.test(text)) {
    return problem(
      "POLICY_TOP_LEVEL_AWAIT",
      "A policy cannot await at the top level: do it in `configure`, which may be async.",
      location,
    );
  }
  if (/^No matching export in .* for import "default"$/.test(text) && fromEntry(location)) {
    return problem(
      "POLICY_NO_DEFAULT_EXPORT",
      `${shownPath(file)}: the file exports no policy: write \`export default definePolicy({ … })\`.`,
      null,
    );
  }
  if (/^No matching export in /.test(text)) {
    return problem("POLICY_IMPORT", `${text}.`, location);
  }
  return problem("POLICY_SYNTAX", /[.!?]$/.test(text) ? text : `${text}.`, location);
}

function problem(code: ErrorCode, text: string, location: Location | null): Problem {
  if (location === null) {
    return { code, text };
  }
  const path = resolve("/", location.file);
  const column = characters(location.lineText, location.column) + 1;
  const place = `${shownPath(path)}:${String(location.line)}:${String(column)}`;
  return { code, text: `${place}: ${text}\n${frame(path, location, column)}` };
}

function frame(path: string, { line, length, lineText }: Location, column: number): string {
  try {
    return sourceFrame(readFileSync(path, "utf8"), line, column, length);
  } catch {
    // Deleted since esbuild read it.
    return sourceFrame(lineText, 1, column, length);
  }
}

/** esbuild counts columns in bytes of UTF-8. */
function characters(lineText: string, bytes: number): number {
  return Buffer.from(lineText).subarray(0, bytes).toString().length;
}

function fromEntry(location: Location | null): boolean {
  return location?.file.startsWith(`${entryNamespace}:`) === true;
}

/** @param importer the package that imports it; undefined: a file of the policy */
function builtinImport(specifier: string, importer: string | undefined): string {
  return importer === undefined
    ? `"${specifier}" is not available in a policy: ${insteadOf(specifier)}`
    : `The package "${importer}" imports "${specifier}" of Node, which is not available in a policy. Use another package, or an entry of this one that needs no Node; the package names no build for the conditions workerd, worker or browser that does without.`;
}

function missingImport(specifier: string, importer: string | undefined): string {
  if (specifier.startsWith("sluice/")) {
    return missingService(specifier, importer);
  }
  return importer === undefined
    ? `The import "${specifier}" could not be found. ${findImport(specifier)}`
    : `The package "${importer}" imports "${specifier}", which could not be found. Is it installed beside that package, as its package.json asks, and does it export this path?`;
}

function missingService(specifier: string, importer: string | undefined): string {
  const known = serviceSpecifiers();
  const list = `A policy imports from "sluice" and its services: ${known.join(", ")}.`;
  if (nodeSpecifiers().includes(specifier)) {
    return `"${specifier}" is for programs in Node, not for policies. ${list}`;
  }
  const hint = didYouMean(specifier, known) || ".";
  return importer === undefined
    ? `This Sluice has no "${specifier}"${hint} ${list}`
    : `The package "${importer}" imports "${specifier}", which this Sluice does not have${hint} ${list}`;
}

function findImport(specifier: string): string {
  if (specifier.startsWith(".") || specifier.startsWith("/")) {
    return "Is the path right, seen from this file?";
  }
  return "Is the package installed where the policy is?";
}

/** What a policy uses in place of a module of Node. */
function insteadOf(specifier: string): string {
  const name = specifier.replace(/^node:/, "").split("/")[0] ?? "";
  return (
    replacements[name] ??
    "it runs where there is no Node. Use what a filter is given, or an npm package that needs no Node."
  );
}

const callUpstreams = "call upstreams with the `client` that a filter is given.";
const configuration = "a policy reads no files and no environment; what it needs comes with its `config`.";
const hashing = "use an npm package in plain JavaScript, such as @noble/hashes.";

const replacements: Readonly<Record<string, string>> = {
  http: callUpstreams,
  https: callUpstreams,
  http2: callUpstreams,
  net: callUpstreams,
  tls: callUpstreams,
  dns: callUpstreams,
  fs: configuration,
  path: configuration,
  os: configuration,
  process: configuration,
  child_process: configuration,
  crypto: hashing,
  timers: "use the `clock` that a filter is given, or setTimeout.",
  perf_hooks: "use the `clock` that a filter is given.",
  buffer: "bodies are Uint8Array; TextEncoder and TextDecoder are there.",
  util: "TextEncoder and TextDecoder are globals.",
  console: "use the `logger` that a filter is given, or the global console.",
};
