/** What an engine runs, in a module and on processors alike: the prelude and the bundle, as its bytecode. */
import type { Engine } from "./build-engine.js";
import { instantiateAtBuildTime } from "./build-instance.js";
import { buildPrelude } from "./build-prelude.js";
import { webApisMentioned } from "./web-apis-mentioned.js";

export interface Scripts {
  readonly prelude: Uint8Array;
  readonly bundle: Uint8Array;
  /** The bundle's text. */
  readonly source: string;
  /** The names of the web APIs that it may use. */
  readonly webApis: ReadonlySet<string>;
}

/** By the engine and the text: most policies have the same. */
const preludes = new WeakMap<Engine, Map<string, Uint8Array>>();

/**
 * CommonJS whose exports have `createGuest`, as those of a `PolicyBundle`; what stacks call it; the names of the web APIs that it may use;
 * whose its lines are (`quickjs/strip.c`), where not all is kept for stacks.
 */
export type SourceText = [source: string, filename?: string, webApis?: ReadonlySet<string>, lines?: Uint32Array];

/** Stacks leave out all of the prelude. */
const noLines = new Uint32Array(0);

/** @throws what is wrong with the text, as an Error with QuickJS's message */
export async function compileScripts(
  engine: Engine,
  ...[source, filename = "policy.js", webApis = webApisMentioned(source), lines]: SourceText
): Promise<Scripts> {
  const [instance, text] = await Promise.all([instantiateAtBuildTime(engine.initialising), buildPrelude(webApis)]);
  const known = preludes.get(engine) ?? new Map<string, Uint8Array>();
  preludes.set(engine, known);
  const prelude = known.get(text) ?? instance.compile(text, "sluice", noLines);
  known.set(text, prelude);
  // On one line with the code's first, so that the lines of stacks are the bundle's.
  const bundle = instance.compile(`(function (module, exports) {${source}\n})`, filename, lines);
  return { prelude, bundle, source, webApis };
}
