// What a proxy does between two callbacks of a module, as far as the processor's caches notice: machine code with many branches.
import { compileFunction } from "node:vm";

const FUNCTIONS = 400;
const BRANCHES = 40;
/** So often each is called before, for V8 to optimise it. */
const WARM_UP = 3_000;

/** Gives a function that runs more code than the caches of a core hold, and takes some 50 µs. @returns {() => void} */
export function createOtherWork() {
  const functions = Array.from({ length: FUNCTIONS }, (_, index) => branchy(index));
  let state = 12_345;
  for (let round = 0; round < WARM_UP; round++) {
    for (const step of functions) {
      state = step(state);
    }
  }
  return () => {
    for (let step = 0; step < FUNCTIONS; step++) {
      state = functions[(state >>> 5) % FUNCTIONS]?.(state + step) ?? 0;
    }
  };
}

/** Which way its branches go depends on `x`. @param {number} index @returns {(x: number) => number} */
function branchy(index) {
  const branches = Array.from(
    { length: BRANCHES },
    (_, bit) =>
      `if ((x >>> ${bit % 31}) & 1) x = (x * ${2 * bit + 3} + ${bit}) | 0; else x = (x ^ ${(index * bit) & 0xffff}) | 0;`,
  );
  return /** @type {(x: number) => number} */ (compileFunction(`${branches.join("\n")}\nreturn x;`, ["x"]));
}
