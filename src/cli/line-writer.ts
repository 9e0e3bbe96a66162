/** Lines of a log on their way to a descriptor. */
import { write, writeSync } from "node:fs";

/** How soon a reader that is slow is tried again, in milliseconds. */
const retryMilliseconds = 100;

/**
 * Writes one batch after another while the process goes on. A log that cannot be written, as on a full disk, must end nothing: lines wait
 * for room, up to a limit, and each new one is a try.
 */
export class LineWriter {
  readonly #descriptor: number;
  readonly #limit: number;
  #waiting = "";
  /** What a write has left over. */
  #rest: Buffer | undefined;
  #busy = false;
  #retry: NodeJS.Timeout | undefined;

  /** @param limit how many chars wait at most; what comes beyond is lost */
  constructor(descriptor: number, limit: number) {
    this.#descriptor = descriptor;
    this.#limit = limit;
  }

  write(line: string): void {
    if (this.#waiting.length + line.length > this.#limit) {
      return;
    }
    this.#waiting += line;
    this.#writeNext();
  }

  /** Writes at once what waits; for the end of the process. */
  flush(): void {
    let bytes = this.#takeBatch();
    try {
      while (bytes.length > 0) {
        bytes = bytes.subarray(writeSync(this.#descriptor, bytes));
      }
    } catch {
      // There is no other place to tell it.
    }
  }

  #takeBatch(): Buffer {
    const waiting = Buffer.from(this.#waiting);
    const batch = this.#rest === undefined ? waiting : Buffer.concat([this.#rest, waiting]);
    this.#waiting = "";
    this.#rest = undefined;
    return batch;
  }

  #writeNext(): void {
    if (this.#busy || (this.#rest === undefined && this.#waiting === "")) {
      return;
    }
    this.#busy = true;
    // The rest by itself: while nothing can be written it must not grow beyond the limit.
    const batch = this.#rest ?? this.#takeBatch();
    this.#rest = undefined;
    write(this.#descriptor, batch, (error, written) => {
      this.#busy = false;
      if (written < batch.length) {
        this.#rest = batch.subarray(written);
      }
      if (error === null) {
        this.#writeNext();
      } else if (error.code === "EAGAIN") {
        this.#retry ??= setTimeout(() => {
          this.#retry = undefined;
          this.#writeNext();
        }, retryMilliseconds).unref();
      }
    });
  }
}
