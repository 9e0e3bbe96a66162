import { Status } from "../../abi/constants.js";
import type { WasmMemory } from "../../web-assembly.js";

/** A hostcall that cannot be done as it was called: the module gets the status, and nothing has happened. */
export class RefusedCall extends Error {
  constructor(readonly status: Status) {
    super(`the hostcall was refused with status ${status}`);
    this.name = "RefusedCall";
  }
}

/** A module's memory. Whatever comes from the module is checked: what lies outside throws RefusedCall. */
export class GuestMemory {
  #buffer: ArrayBuffer | undefined;
  #bytes = Buffer.alloc(0);
  #view = new DataView(new ArrayBuffer(0));

  constructor(
    private readonly memory: WasmMemory,
    /** The module's own allocator; 0 or nothing where it has no room. */
    private readonly allocate: (size: number) => unknown,
  ) {}

  /** A view, to be used before the module runs again. Pointers and lengths are taken as unsigned. */
  bytes(pointer: number, length: number): Buffer {
    const start = pointer >>> 0;
    this.check(start, length >>> 0);
    return this.#bytes.subarray(start, start + (length >>> 0));
  }

  uint32(pointer: number): number {
    this.check(pointer, 4);
    return this.#view.getUint32(pointer >>> 0, true);
  }

  setUint32(pointer: number, value: number): void {
    this.check(pointer, 4);
    this.#view.setUint32(pointer >>> 0, value, true);
  }

  setUint64(pointer: number, value: bigint): void {
    this.check(pointer, 8);
    this.#view.setBigUint64(pointer >>> 0, BigInt.asUintN(64, value), true);
  }

  /** Throws where these bytes are not all inside the memory. */
  check(pointer: number, length: number): void {
    this.#refresh();
    if ((pointer >>> 0) + length > this.#bytes.length) {
      throw new RefusedCall(Status.InvalidMemoryAccess);
    }
  }

  /** Copies bytes to memory that the module allocates for them, and writes where and how many they are. */
  give(bytes: Uint8Array, pointerOut: number, lengthOut: number): void {
    let pointer = 0;
    if (bytes.length > 0) {
      pointer = Number(this.allocate(bytes.length)) >>> 0;
      if (pointer === 0) {
        throw new RefusedCall(Status.InvalidMemoryAccess);
      }
      this.bytes(pointer, bytes.length).set(bytes);
    }
    this.setUint32(pointerOut, pointer);
    this.setUint32(lengthOut, bytes.length);
  }

  /** A memory that has grown has another buffer. */
  #refresh(): void {
    const { buffer } = this.memory;
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#bytes = Buffer.from(buffer);
      this.#view = new DataView(buffer);
    }
  }
}
