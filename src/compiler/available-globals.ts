/** Which globals a policy has, and what to use in place of those that it has not. */

import { languageGlobals, webApiGlobals } from "../abi/globals.js";
import { globalFetchHint } from "../policy/elsewhere.js";

/** The bundle is a function of these. */
const bundleParameters = ["module", "exports", "arguments"];

export const availableGlobals: ReadonlySet<string> = new Set<string>([
  ...languageGlobals,
  ...webApiGlobals,
  ...bundleParameters,
  "eval",
]);

/** Other worlds' names of `globalThis`, which bundles have in their places. */
export const globalThisAliases = ["global", "self"] as const;

/** What to do about a global that policies do not have. */
export function insteadOfGlobal(name: string): string {
  return (
    replacements[name] ??
    (/^[A-Z]\w*Stream(?:\w*)$/.test(name)
      ? bodyStreams
      : "it is neither declared nor one of a policy's globals. Import it, or use what a filter is given.")
  );
}

const configuration = "a policy has no environment; what it needs comes with its `config`.";
const bytes = "bodies are Uint8Array; use TextEncoder, TextDecoder, atob and btoa.";
const client = `${globalFetchHint}.`;
const timers = "use setTimeout, or the `clock` that a filter is given.";
const noBrowser = "there is no browser. Use what a filter is given.";
const bodyStreams = "read a body with `for await` or `transform()` of its stream state.";
const noModuleFolder = "a policy is one file when it runs, and reads no others; import what it needs.";

const replacements: Readonly<Record<string, string>> = {
  process: configuration,
  Deno: configuration,
  Bun: configuration,
  Buffer: bytes,
  Blob: bytes,
  File: bytes,
  FileReader: bytes,
  fetch: client,
  XMLHttpRequest: client,
  WebSocket: client,
  EventSource: client,
  Request: client,
  Headers: client,
  FormData: "read the body's text and split it with URLSearchParams.",
  setInterval: timers,
  clearInterval: timers,
  setImmediate: "use queueMicrotask, or setTimeout with 0.",
  clearImmediate: timers,
  requestAnimationFrame: timers,
  window: noBrowser,
  document: noBrowser,
  navigator: noBrowser,
  localStorage: noBrowser,
  sessionStorage: noBrowser,
  location: noBrowser,
  require: "use `import`.",
  __dirname: noModuleFolder,
  __filename: noModuleFolder,
  Intl: "the engine has no locale data; format in code, or with an npm package.",
  WebAssembly: "a policy is WebAssembly itself and cannot load more of it; use a package in plain JavaScript.",
  Atomics: "a policy runs on one thread; nothing has to be locked.",
  Worker: "a policy runs on one thread.",
};

/** The names of those with an advice of their own. */
export const replacedGlobals: readonly string[] = Object.keys(replacements);
