/** How V8 compiles the engine's WebAssembly, in commands that only build with it. */
import { setFlagsFromString } from "node:v8";

/**
 * The baseline compiler alone, from now on in this process: the engine runs for some tenths of a second in a build, and optimising it
 * takes a fifth of the processor's time of the whole command.
 */
export function useBaselineCompiler(): void {
  setFlagsFromString("--liftoff-only");
}
