/** Reading and writing WebAssembly's binary format, as far as linking and snapshots need it. */

/** A section: its number and its content. */
export interface Section {
  id: number;
  content: Uint8Array;
}

export const SectionId = {
  Custom: 0,
  Type: 1,
  Import: 2,
  Function: 3,
  Table: 4,
  Memory: 5,
  Global: 6,
  Export: 7,
  Start: 8,
  Element: 9,
  Code: 10,
  Data: 11,
  DataCount: 12,
} as const;

/** Kinds of imports and exports. */
export const ExternalKind = { Function: 0, Table: 1, Memory: 2, Global: 3 } as const;

export const ValueType = { I32: 0x7f, I64: 0x7e, F32: 0x7d, F64: 0x7c } as const;

const HEADER_BYTES = 8;

/** Splits a module into its sections. */
export function readSections(wasm: Uint8Array): Section[] {
  const reader = new Reader(wasm, HEADER_BYTES);
  const sections: Section[] = [];
  while (!reader.done) {
    const id = reader.byte();
    sections.push({ id, content: reader.bytes(reader.u32()) });
  }
  return sections;
}

/** Joins sections to a module. */
export function writeModule(sections: readonly Section[]): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)];
  for (const { id, content } of sections) {
    parts.push(Uint8Array.of(id), u32(content.length), content);
  }
  return concatenate(parts);
}

export class Reader {
  readonly #source: Uint8Array;
  offset: number;

  constructor(source: Uint8Array, offset = 0) {
    this.#source = source;
    this.offset = offset;
  }

  get done(): boolean {
    return this.offset >= this.#source.length;
  }

  byte(): number {
    const byte = this.#source[this.offset++];
    if (byte === undefined) {
      throw new RangeError("The WebAssembly module ends in the middle of a section.");
    }
    return byte;
  }

  /** An unsigned LEB128 number of 32 bits. */
  u32(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        return value;
      }
    }
  }

  bytes(length: number): Uint8Array {
    if (this.offset + length > this.#source.length) {
      throw new RangeError("The WebAssembly module ends in the middle of a section.");
    }
    return this.#source.subarray(this.offset, (this.offset += length));
  }

  name(): string {
    return new TextDecoder().decode(this.bytes(this.u32()));
  }

  /** A constant initialiser of one instruction, with its end. */
  constantExpression(): Uint8Array {
    const start = this.offset;
    const opcode = this.byte();
    if (opcode === 0x43) {
      this.bytes(4);
    } else if (opcode === 0x44) {
      this.bytes(8);
    } else {
      while (this.byte() >= 0x80) {
        // Its bytes go on.
      }
    }
    if (this.byte() !== 0x0b) {
      throw new RangeError("A global's initialiser is not a plain constant.");
    }
    return this.#source.subarray(start, this.offset);
  }
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Unsigned LEB128. */
export function u32(value: number): Uint8Array {
  const bytes: number[] = [];
  do {
    const low = value % 128;
    value = Math.floor(value / 128);
    bytes.push(value > 0 ? low | 0x80 : low);
  } while (value > 0);
  return Uint8Array.from(bytes);
}

/** Signed LEB128. */
export function signed(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (;;) {
    const low = Number(value & 0x7fn);
    value >>= 7n;
    const last = (value === 0n && (low & 0x40) === 0) || (value === -1n && (low & 0x40) !== 0);
    bytes.push(last ? low : low | 0x80);
    if (last) {
      return Uint8Array.from(bytes);
    }
  }
}

export function name(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return concatenate([u32(bytes.length), bytes]);
}

/** A section's content: a count and its entries. */
export function vector(entries: readonly Uint8Array[]): Uint8Array {
  return concatenate([u32(entries.length), ...entries]);
}
