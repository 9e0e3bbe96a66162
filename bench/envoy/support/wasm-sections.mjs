// Reads and writes the sections of a WebAssembly module.

/** @typedef {{ id: number, content: Buffer }} Section */

const HEADER_BYTES = 8;

/** @param {Uint8Array} wasm */
export function readSections(wasm) {
  const reader = new Reader(Buffer.from(wasm.buffer, wasm.byteOffset, wasm.byteLength), HEADER_BYTES);
  /** @type {Section[]} */
  const sections = [];
  while (!reader.done) {
    const [id = 0] = reader.bytes(1);
    sections.push({ id, content: reader.bytes(reader.u32()) });
  }
  return sections;
}

/** @param {Section[]} sections */
export function writeModule(sections) {
  return Buffer.concat([
    Buffer.from("\0asm\x01\0\0\0", "latin1"),
    ...sections.flatMap(({ id, content }) => [Buffer.of(id), u32(content.length), content]),
  ]);
}

/** How an entry of a section is passed over, by the section's number. @type {Record<number, (reader: Reader) => void>} */
const passOver = {
  // Types of functions: parameters and results.
  1: (reader) => {
    reader.bytes(1);
    reader.bytes(reader.u32());
    reader.bytes(reader.u32());
  },
  // Imports, of functions: module, name, kind and type.
  2: (reader) => {
    reader.bytes(reader.u32());
    reader.bytes(reader.u32());
    reader.bytes(1);
    reader.u32();
  },
  // Functions: their types.
  3: (reader) => {
    reader.u32();
  },
  // Code: a length each.
  10: (reader) => {
    reader.bytes(reader.u32());
  },
};

/** The entries of a section that is one of those. @param {number} id @param {Buffer} content */
export function splitVector(id, content) {
  const reader = new Reader(content);
  return Array.from({ length: reader.u32() }, () => {
    const start = reader.offset;
    passOver[id]?.(reader);
    return content.subarray(start, reader.offset);
  });
}

/** @param {Buffer[]} entries */
export function vector(entries) {
  return Buffer.concat([u32(entries.length), ...entries]);
}

/** Unsigned LEB128. @param {number} value @returns {Buffer} */
export function u32(value) {
  return value < 0x80 ? Buffer.of(value) : Buffer.concat([Buffer.of((value & 0x7f) | 0x80), u32(value >>> 7)]);
}

class Reader {
  #source;

  /** @param {Buffer} source */
  constructor(source, offset = 0) {
    this.#source = source;
    this.offset = offset;
  }

  get done() {
    return this.offset >= this.#source.length;
  }

  /** @param {number} length */
  bytes(length) {
    return this.#source.subarray(this.offset, (this.offset += length));
  }

  /** Unsigned LEB128. */
  u32() {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#source[this.offset++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        return value;
      }
    }
  }
}
