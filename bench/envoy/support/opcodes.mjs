// How many opcodes of QuickJS an exchange takes, by function: in figures that no load of the machine changes.
import { CASES, EXCHANGE } from "./exchanges.mjs";
import { ModuleHost } from "./module-host.mjs";
import { OpcodeCounter, withOpcodeCounter } from "./opcode-counter.mjs";

/** After so many exchanges all is as it stays. */
const WARM_UP = 40;

const sameEachTime = Object.fromEntries(Object.entries(CASES).map(([name, headers]) => [name, () => headers]));

/** @typedef {{ callbacks: Map<string, number>, opcodes: number, functions: import("./opcode-counter.mjs").FunctionCount[] }} ExchangeOpcodes */

/**
 * The opcodes of one exchange of each case.
 * @param {Uint8Array} wasm
 * @param {object} [options] `map`: the source map of its bundle; `cases`: the headers of one exchange after the other; `foreign`: what the
 *   host's foreign functions give
 * @param {string} [options.map] @param {string} [options.configuration] @param {Uint8Array} [options.foreign]
 * @param {Record<string, (round: number) => import("./module-host.mjs").HeaderPairs>} [options.cases]
 * @returns {Promise<Map<string, ExchangeOpcodes>>}
 */
export async function countOpcodes(wasm, { map, configuration, cases = sameEachTime, foreign } = {}) {
  const host = ModuleHost.run(withOpcodeCounter(wasm), "the module", configuration);
  host.foreign = foreign;
  /** @type {Map<string, ExchangeOpcodes>} */
  const counts = new Map();
  let id = 2;
  for (const [name, headersOf] of Object.entries(cases)) {
    for (let round = 0; round < WARM_UP; round++) {
      host.headers = headersOf(round);
      exchange(host, id++);
    }
    host.headers = headersOf(WARM_UP);
    const counter = new OpcodeCounter(() => host.memory, map);
    host.onOpcode = (address) => {
      counter.take(address);
    };
    const callbacks = exchange(host, id++, () => counter.opcodes);
    host.onOpcode = undefined;
    counts.set(name, { callbacks, opcodes: counter.opcodes, functions: counter.functions() });
  }
  return counts;
}

/** Runs one, and says by how much each callback raises `count`. @param {ModuleHost} host @param {number} id @param {() => number} [count] */
function exchange(host, id, count = () => 0) {
  /** @type {Map<string, number>} */
  const raised = new Map();
  for (const [name, ...args] of EXCHANGE) {
    const before = count();
    host.callback(name)?.(id, ...args);
    raised.set(name, count() - before);
  }
  return raised;
}
