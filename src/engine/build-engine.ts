/**
 * The engine: QuickJS and the bridge as one module that has no policy yet. There are two of it with the same memory and table:
 * one that compiles JavaScript, to initialise modules in Node, and one that only runs it.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SluiceError } from "../errors.js";

/** Where `npm run build` puts the linked engine; `dist/` is made from nothing each time, so it is never that of other sources. */
const shippedFolder = fileURLToPath(new URL("./linked/", import.meta.url));
/** Tests run from the sources, without a build. */
const runsFromSources = import.meta.url.endsWith(".ts");

export interface Engine {
  /** Initialises modules. */
  readonly initialising: Uint8Array;
  /** What finished modules are made of. */
  readonly running: Uint8Array;
  /** Tells its bytecode from that of another one: of what QuickJS and the bridge were built. */
  readonly stamp: string;
}

/** By the cache's folder: read once in a process. */
const engines = new Map<string, Promise<Engine>>();

/**
 * The engine's modules: those of the package or, where this runs from the sources, those in `cacheDir`, which are linked if need
 * be (some 10 s).
 *
 * @throws SluiceError ENGINE_MISSING when the package lacks them.
 */
export function buildEngine(cacheDir: string): Promise<Engine> {
  let engine = engines.get(cacheDir);
  if (engine === undefined) {
    engine = findEngine(cacheDir);
    engines.set(cacheDir, engine);
    engine.catch(() => engines.delete(cacheDir));
  }
  return engine;
}

async function findEngine(cacheDir: string): Promise<Engine> {
  if (runsFromSources) {
    const { linkEngine } = await import("./link-engine.js");
    return readEngine(await linkEngine(cacheDir));
  }
  return readEngine(shippedFolder).catch((cause: unknown) => {
    throw new SluiceError(
      "ENGINE_MISSING",
      `${shippedFolder}: expected the engine's modules, but they cannot be read.`,
      { cause },
    );
  });
}

async function readEngine(folder: string): Promise<Engine> {
  const [initialising, running, stamp] = await Promise.all([
    readFile(join(folder, "initialising.wasm")),
    readFile(join(folder, "running.wasm")),
    readFile(join(folder, "stamp.txt"), "utf8"),
  ]);
  return { initialising, running, stamp };
}
