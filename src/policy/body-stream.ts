/** A body that passes chunk by chunk, in constant memory. */
import type { ReadonlyHeaders } from "./headers.js";
import type { BodyTransform, Message } from "./message.js";

/** The body of a message as a stream. It can be read once: by `for await`, or by `transform`. */
export abstract class BodyStreamAccess {
  protected readonly message: Message;

  constructor(message: Message) {
    this.message = message;
  }

  /** Whether the message has a body at all; where it has none the stream is empty. */
  get containsBody(): boolean {
    return this.message.containsBody;
  }

  /**
   * The chunks as they come; each goes on, unchanged, when the next is asked for. Chunk boundaries mean nothing. Leaving
   * the loop by `break` lets the rest pass unread; leaving it by an exception breaks the message off.
   * @throws SluiceError `STREAM_READ_TWICE` when it is read a second time
   */
  get stream(): AsyncIterable<Uint8Array> {
    const message = this.message;
    return { [Symbol.asyncIterator]: () => message.readStream() };
  }

  /**
   * Replaces the body by what `transform` makes of its chunks; the message waits for whatever it awaits. Fulfilled when
   * the whole body has been passed on, so await it before the filter ends.
   *
   * @throws SluiceError `STREAM_READ_TWICE`, `RESPONSE_BODY` for a chunk that is neither text nor bytes, `BODY_NOT_EDITABLE`;
   *   and what `transform` throws
   * @example await body.transform(async function* (chunks) { for await (const chunk of chunks) yield upper(chunk); });
   */
  transform(transform: BodyTransform): Promise<void> {
    return this.message.transformStream(transform);
  }

  /** The trailers, once the stream has ended; undefined before, and where there are none. */
  get trailers(): ReadonlyHeaders | undefined {
    return this.message.trailers();
  }
}
