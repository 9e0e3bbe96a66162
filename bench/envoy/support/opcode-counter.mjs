// Counts the opcodes that the interpreter of a module runs, by function. No load of the machine changes the figures.
//
// The module is the shipped one: only in a copy of it the interpreter tells the host of each opcode that it is about to run.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire, SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const require = createRequire(import.meta.url);
/** What modules use: with all features Binaryen writes more than V8 reads. */
const features = [
  "bulk-memory",
  "bulk-memory-opt",
  "sign-ext",
  "mutable-globals",
  "nontrapping-float-to-int",
  "multivalue",
  "reference-types",
  "simd",
].map((feature) => `--enable-${feature}`);
const limitMilliseconds = 300_000;

/** Fewer branches than any other switch has, and fewer than the interpreter's. */
const leastBranches = 200;
/** The switch of the interpreter and the address of the opcode that it reads. */
const dispatch = /(\(br_table(?: \$\S+)+\n[^]{0,400}?\(i32\.load8_u\n)\((local\.get \$\S+)\)/g;

/** The module with an import `count.opcode`, which is given the address of each opcode and gives it back. @param {Uint8Array} wasm */
export async function withOpcodeCounter(wasm) {
  const folder = await mkdtemp(join(tmpdir(), "sluice-opcodes-"));
  try {
    const [plain, text, counting] = ["plain.wasm", "module.wat", "counting.wasm"].map((name) => join(folder, name));
    await writeFile(plain ?? "", wasm);
    await binaryen("wasm-dis", plain, "-o", text);
    await writeFile(text ?? "", counted(await readFile(text ?? "", "utf8")));
    await binaryen("wasm-as", text, "-o", counting);
    return await readFile(counting ?? "");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {string} text */
function counted(text) {
  let found = 0;
  const edited = text.replace(/^ +/gm, "").replace(dispatch, (all, before, address) => {
    if (all.split(" $").length < leastBranches) {
      return all;
    }
    found++;
    return `${before}(call $count_opcode (${address}))`;
  });
  if (found !== 1) {
    throw new Error(`Expected one interpreter in the module, found ${found}.`);
  }
  return edited.replace(
    "\n(import ",
    '\n(import "count" "opcode" (func $count_opcode (param i32) (result i32)))\n(import ',
  );
}

/** @param {string} tool @param {(string | undefined)[]} args */
async function binaryen(tool, ...args) {
  const program = require.resolve(`binaryen/bin/${tool}`);
  const options = args.filter((arg) => arg !== undefined);
  await promisify(execFile)(process.execPath, [program, ...options, ...features], { timeout: limitMilliseconds });
}

/** @typedef {{ place: string, calls: number, opcodes: number }} FunctionCount */

/** What the interpreter has run of the functions of a bundle, whose source map names them. */
export class OpcodeCounter {
  /** The functions by where their code begins. @type {Map<number, { opcodes: number, calls: number }>} */
  #functions = new Map();
  /** Where the codes of functions begin and end, the last one that ran first. @type {{ start: number, end: number }[]} */
  #known = [];
  #memory;
  #sourceMap;

  /** @param {() => ArrayBuffer} memory @param {string} [map] the bundle's source map, as JSON */
  constructor(memory, map) {
    this.#memory = memory;
    this.#sourceMap = map === undefined ? undefined : new SourceMap(JSON.parse(map));
  }

  /** @param {number} address */
  take(address) {
    const { start } = this.#functionAt(address);
    const count = this.#functions.get(start) ?? { opcodes: 0, calls: 0 };
    this.#functions.set(start, count);
    count.opcodes++;
    if (address === start) {
      count.calls++;
    }
  }

  get opcodes() {
    return [...this.#functions.values()].reduce((sum, { opcodes }) => sum + opcodes, 0);
  }

  /** The most expensive functions first. @returns {FunctionCount[]} */
  functions() {
    return [...this.#functions]
      .map(([start, count]) => ({ place: this.#placeOf(start), ...count }))
      .sort((a, b) => b.opcodes - a.opcodes);
  }

  reset() {
    this.#functions.clear();
  }

  /** @param {number} address */
  #functionAt(address) {
    const index = this.#known.findIndex(({ start, end }) => start <= address && address < end);
    const known = this.#known[index];
    if (known !== undefined) {
      if (index > 0) {
        this.#known.splice(index, 1);
        this.#known.unshift(known);
      }
      return known;
    }
    const made = this.#findStart(address);
    this.#known.unshift(made);
    return made;
  }

  /** A function's code lies behind its `JSFunctionBytecode`, which has the address of the code and then its length. @param {number} address */
  #findStart(address) {
    const words = new Uint32Array(this.#memory());
    for (let word = address >> 2; word > 0 && word > (address >> 2) - 65_536; word--) {
      const start = words[word] ?? 0;
      const end = start + (words[word + 1] ?? 0);
      if (start > word << 2 && start <= address && address < end && end - start < 65_536) {
        return { start, end, word };
      }
    }
    throw new Error(`No function's code is at ${address}.`);
  }

  /** @param {number} start */
  #placeOf(start) {
    const known = this.#known.find((other) => other.start === start);
    const word = /** @type {{ word?: number }} */ (known ?? {}).word ?? 0;
    const words = new Uint32Array(this.#memory());
    // Numbers of JSFunctionBytecode: line_num and col_num, counted from 1.
    const line = (words[word + lineOffset] ?? 0) - 1;
    const column = (words[word + lineOffset + 1] ?? 0) - 1;
    const entry = this.#sourceMap?.findEntry(line, column);
    return entry !== undefined && "originalSource" in entry
      ? `${entry.originalSource.replace(/^.*\/(?=src\/)/, "")}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
      : `policy.js:${line + 1}:${column + 1}`;
  }
}

/** Words from `byte_code_buf` to `line_num` in QuickJS's JSFunctionBytecode. */
const lineOffset = 12;
