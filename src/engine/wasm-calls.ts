/** Finds the functions that a module's code names: by walking its instructions, whose operands differ in length. */
import { Reader } from "./wasm-binary.js";

const CALL = 0x10;
const REF_FUNC = 0xd2;
const NUMERIC = 0xfc;
const VECTOR = 0xfd;

/** What stands behind an opcode: that many LEB128 numbers, then that many bytes. Those that are not listed have nothing. */
const operands: ReadonlyMap<number, readonly [numbers: number, bytes: number]> = new Map([
  // block, loop, if: the type. br, br_if.
  ...each([0x02, 0x03, 0x04, 0x0c, 0x0d], 1),
  // call_indirect.
  ...each([0x11], 2),
  // local.get to table.set.
  ...each(range(0x20, 0x26), 1),
  // Loads and stores: alignment, offset.
  ...each(range(0x28, 0x3e), 2),
  // memory.size, memory.grow, i32.const, i64.const.
  ...each(range(0x3f, 0x42), 1),
  // f32.const, f64.const.
  ...each([0x43], 0, 4),
  ...each([0x44], 0, 8),
  // ref.null.
  ...each([0xd0], 1),
]);

const numericOperands: ReadonlyMap<number, readonly [numbers: number, bytes: number]> = new Map([
  // memory.init, memory.copy, table.init, table.copy.
  ...each([8, 10, 12, 14], 2),
  // data.drop, memory.fill, elem.drop, table.grow, table.size, table.fill.
  ...each([9, 11, 13, 15, 16, 17], 1),
]);

const vectorOperands: ReadonlyMap<number, readonly [numbers: number, bytes: number]> = new Map([
  // Loads and stores.
  ...each(range(0, 11), 2),
  ...each([92, 93], 2),
  // v128.const, i8x16.shuffle.
  ...each([12, 13], 0, 16),
  // Lanes, and loads and stores of one.
  ...each(range(21, 34), 0, 1),
  ...each(range(84, 91), 2, 1),
]);

export interface FunctionBody {
  bytes: Uint8Array;
  /** Where `bytes` has the number of a function, of those instructions that name one. */
  operands: number[];
}

/**
 * The content of a code section.
 *
 * @throws RangeError where it uses exceptions, tail calls or what came later
 */
export function functionBodies(content: Uint8Array): FunctionBody[] {
  const reader = new Reader(content);
  return Array.from({ length: reader.u32() }, () => {
    const bytes = reader.bytes(reader.u32());
    return { bytes, operands: functionOperands(bytes) };
  });
}

function functionOperands(body: Uint8Array): number[] {
  const reader = new Reader(body);
  const found: number[] = [];
  for (let groups = reader.u32(); groups > 0; groups--) {
    skipNumbers(reader, 1);
    reader.byte();
  }
  while (!reader.done) {
    walk(reader, found);
  }
  return found;
}

/** One instruction. */
function walk(reader: Reader, found: number[]): void {
  const opcode = reader.byte();
  switch (opcode) {
    case CALL:
    case REF_FUNC:
      found.push(reader.offset);
      skipNumbers(reader, 1);
      return;
    case 0x0e: // br_table
      skipNumbers(reader, reader.u32() + 1);
      return;
    case 0x1c: // select with types
      reader.bytes(reader.u32());
      return;
    case NUMERIC:
      skip(reader, numericOperands.get(reader.u32()));
      return;
    case VECTOR:
      skip(reader, vectorOperands.get(reader.u32()));
      return;
    default:
      if ((opcode > 0x05 && opcode < 0x0b) || (opcode > 0x11 && opcode < 0x1a) || opcode > REF_FUNC) {
        throw new RangeError(
          `The module's code has the instruction 0x${opcode.toString(16)}, which is not known here.`,
        );
      }
      skip(reader, operands.get(opcode));
  }
}

function skip(reader: Reader, operand: readonly [number, number] | undefined): void {
  if (operand === undefined) {
    return;
  }
  const [numbers, bytes] = operand;
  skipNumbers(reader, numbers);
  // A view of nothing costs more than all the rest.
  if (bytes > 0) {
    reader.bytes(bytes);
  }
}

function skipNumbers(reader: Reader, count: number): void {
  for (let left = count; left > 0; left--) {
    while (reader.byte() >= 0x80) {
      // Its bytes go on.
    }
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function each(opcodes: readonly number[], numbers: number, bytes = 0): [number, readonly [number, number]][] {
  return opcodes.map((opcode) => [opcode, [numbers, bytes]]);
}
