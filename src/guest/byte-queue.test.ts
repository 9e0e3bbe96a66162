import { describe, expect, it } from "vitest";
import { ByteQueue } from "./byte-queue.js";

const bytes = (length: number, first = 0) => Uint8Array.from({ length }, (_, index) => (first + index) % 251);

function drained(queue: ByteQueue): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let piece = queue.shift(); piece !== undefined; piece = queue.shift()) {
    pieces.push(piece);
  }
  return pieces;
}

describe("bytes that wait", () => {
  it("come as they went in, in pieces of 64 KiB at most, however they were cut", () => {
    for (const sizes of [
      [1],
      [200_000],
      [65_535, 1, 1],
      [30_000, 30_000, 30_000],
      Array.from({ length: 70_000 }, () => 1),
    ]) {
      const queue = new ByteQueue();
      let length = 0;
      for (const size of sizes) {
        queue.push(bytes(size, length));
        length += size;
      }
      expect(queue.byteLength).toBe(length);
      const pieces = drained(queue);
      expect(Buffer.concat(pieces).equals(bytes(length))).toBe(true);
      expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(65_536);
      expect(pieces.length).toBeLessThanOrEqual(64 + 2 * Math.ceil(length / 65_536));
      expect(queue.byteLength).toBe(0);
    }
  });

  it("stay what they were when a piece was taken and more comes", () => {
    const queue = new ByteQueue();
    const all = Array.from({ length: 100 }, (_, index) => bytes(1, index));
    for (const chunk of all) {
      queue.push(chunk);
    }
    const taken = drained(queue);
    expect(taken.map(({ length }) => length)).toEqual([...Array.from({ length: 63 }, () => 1), 37]);
    for (const chunk of all) {
      queue.push(chunk.map((byte) => byte + 100));
    }
    expect([Buffer.concat(taken), Buffer.from(queue.bytes())]).toEqual([
      Buffer.from(bytes(100)),
      Buffer.from(bytes(100).map((byte) => byte + 100)),
    ]);
  });

  it("can be had at once, and stay; a chunk that is alone is not copied", () => {
    const queue = new ByteQueue();
    expect(queue.bytes()).toEqual(new Uint8Array(0));
    const chunk = bytes(10);
    queue.push(chunk);
    expect(queue.bytes()).toBe(chunk);
    queue.push(bytes(100_000, 10));
    expect(Buffer.from(queue.bytes()).equals(bytes(100_010))).toBe(true);
    expect(queue.byteLength).toBe(100_010);
    queue.clear();
    expect([queue.byteLength, queue.shift()]).toEqual([0, undefined]);
  });
});
