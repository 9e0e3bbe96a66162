import { concatBytes, noBytes } from "./bytes.js";

/**
 * The longest piece that a consumer gets. Hosts may have more at once, the longer a consumer takes the more, and its code has a limited
 * time for each.
 */
const longestPiece = 65_536;

/** So many chunks may wait as they came; what comes behind them is joined. */
const fewPieces = 64;

/** Bytes that wait. However small the chunks are in which they come, they lie in few pieces: each by itself would cost a hundred times its bytes. */
export class ByteQueue {
  /** How many bytes wait. */
  byteLength = 0;
  private pieces: Uint8Array[] = [];
  /** The buffer of the last piece, of which the piece may be the beginning. */
  private open = noBytes;

  /** Takes a chunk, which nobody may change any more. */
  push(chunk: Uint8Array): this {
    this.byteLength += chunk.length;
    for (let start = 0; start < chunk.length; start += longestPiece) {
      this.add(chunk.length <= longestPiece ? chunk : chunk.subarray(start, start + longestPiece));
    }
    return this;
  }

  /** Puts a chunk before all others. */
  unshift(chunk: Uint8Array): void {
    this.byteLength += chunk.length;
    this.pieces.unshift(chunk);
  }

  /** The same bytes, to be consumed by another. */
  copy(): ByteQueue {
    return new ByteQueue().push(this.bytes());
  }

  /** The next piece, 64 KiB at most unless it was put before the others. */
  shift(): Uint8Array | undefined {
    const piece = this.pieces.shift();
    this.byteLength -= piece?.length ?? 0;
    return piece;
  }

  /** All of them in one array; they stay. */
  bytes(): Uint8Array {
    if (this.pieces.length > 1) {
      this.pieces = [concatBytes(this.pieces)];
    }
    return this.pieces[0] ?? noBytes;
  }

  clear(): void {
    this.byteLength = 0;
    this.pieces = [];
  }

  private add(chunk: Uint8Array): void {
    const { pieces } = this;
    const last = pieces.at(-1);
    const length = (last?.length ?? 0) + chunk.length;
    if (last === undefined || pieces.length < fewPieces || length > longestPiece) {
      pieces.push(chunk);
      return;
    }
    if (last.buffer !== this.open.buffer || length > this.open.length) {
      this.open = new Uint8Array(Math.min(longestPiece, Math.max(256, length * 2)));
      this.open.set(last);
    }
    this.open.set(chunk, last.length);
    pieces[pieces.length - 1] = this.open.subarray(0, length);
  }
}
