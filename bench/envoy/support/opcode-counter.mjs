// Counts the opcodes that the interpreter of a module runs, by function. No load of the machine changes the figures.
//
// The module is the shipped one: only in a copy of it the interpreter tells the host of each opcode that it is about to run.
import { SourceMap } from "node:module";
import { readSections, splitVector, u32, vector, writeModule } from "./wasm-sections.mjs";

const Section = { Type: 1, Import: 2, Function: 3, Code: 10 };

/** From i32 to i32. */
const counterType = Buffer.of(0x60, 1, 0x7f, 1, 0x7f);
/** `count.opcode`, a function. */
const counterImport = Buffer.from("\x05count\x06opcode\x00", "latin1");
/** What the compiler leaves of a hostcall that no policy of the module makes: `Unimplemented`, or where nothing calls it `unreachable`. */
const unusedHostcalls = [Buffer.of(0, 0x41, 12, 0x0b), Buffer.of(0, 0x00, 0x0b)];

/** Fewer branches than the interpreter's switch has, and more than any other's. */
const leastBranches = 200;
/** What reads the opcode before that: `local.get` and `i32.load8_u`; a number's bytes go on from 0x80. */
// oxlint-disable-next-line no-control-regex -- Bytes, read as latin1.
const readsOpcode = /\x20[\x80-\xff]*[\x00-\x7f](?=\x2d\x00[\x80-\xff]*[\x00-\x7f])/g;
/** Bytes from there to the switch. */
const mostBetween = 32;
const BR_TABLE = 0x0e;
const CALL = 0x10;

/**
 * The module with an import `count.opcode`, which is given the address of each opcode and gives it back. It takes the place of the
 * first function behind the imports, so that no other function's number changes.
 * @param {Uint8Array} wasm
 */
export function withOpcodeCounter(wasm) {
  const sections = readSections(wasm);
  /** @param {number} id */
  const entriesOf = (id) => splitVector(id, sections.find((section) => section.id === id)?.content ?? Buffer.of(0));
  const type = entriesOf(Section.Type).findIndex((entry) => entry.equals(counterType));
  const imports = entriesOf(Section.Import);
  const [first, ...bodies] = entriesOf(Section.Code);
  if (type === -1 || !unusedHostcalls.some((body) => first?.subarray(1).equals(body))) {
    throw new Error("Expected a module that leaves a hostcall unused: its place is the counter's.");
  }
  const changed = new Map([
    [Section.Import, vector([...imports, Buffer.concat([counterImport, u32(type)])])],
    [Section.Function, vector(entriesOf(Section.Function).slice(1))],
    [Section.Code, vector(counted(bodies, Buffer.concat([Buffer.of(CALL), u32(imports.length)])))],
  ]);
  return writeModule(sections.map(({ id, content }) => ({ id, content: changed.get(id) ?? content })));
}

/** @param {Buffer[]} functions with their lengths @param {Buffer} call */
function counted(functions, call) {
  let found = 0;
  const edited = functions.map((entry) => {
    const at = dispatchIn(entry);
    if (at === undefined) {
      return entry;
    }
    found++;
    const body = entry.subarray(lengthBytes(entry));
    const place = at - lengthBytes(entry);
    return Buffer.concat([u32(body.length + call.length), body.subarray(0, place), call, body.subarray(place)]);
  });
  if (found !== 1) {
    throw new Error(`Expected one interpreter in the module, found ${found}.`);
  }
  return edited;
}

/** Where the address of the opcode is known that the interpreter's switch is about to read. @param {Buffer} code */
function dispatchIn(code) {
  for (let at = code.indexOf(BR_TABLE); at !== -1; at = code.indexOf(BR_TABLE, at + 1)) {
    if (!isSwitch(code, at + 1)) {
      continue;
    }
    const start = Math.max(0, at - mostBetween);
    const read = [...code.toString("latin1", start, at).matchAll(readsOpcode)].at(-1);
    if (read !== undefined) {
      return start + read.index + read[0].length;
    }
  }
  return undefined;
}

/** Whether a number of branches stands there, and a label for each: none has more than two bytes. @param {Buffer} code @param {number} at */
function isSwitch(code, at) {
  const low = code[at] ?? 0;
  const high = code[at + 1] ?? 0;
  const branches = (low & 0x7f) + high * 128;
  return low >= 0x80 && high < 0x80 && branches >= leastBranches && branches < 1_000;
}

/** @param {Buffer} entry */
function lengthBytes(entry) {
  return entry.findIndex((byte) => byte < 0x80) + 1;
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
