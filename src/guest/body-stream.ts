/** A body as a stream between the host's events and a filter's loop: queue, backpressure, and for transforms the output. */
import { KitPromise } from "../policy/kit-promise.js";
import type { BodyTransform } from "../policy/message.js";
import { noBody } from "../policy/response.js";
import type { BodyMessage } from "./body-message.js";
import { ByteQueue } from "./byte-queue.js";

/** What a stream tells its message. */
export interface StreamListener {
  /** The filter opened the stream. */
  opened(transforming: boolean): void;
  /** Everything that has come was consumed, and the consumer asks for more. */
  drained(): void;
  /** The consumer wants no more: the rest passes, unless the filter ends otherwise at once. */
  left(): void;
}

/** What a body's bytes go through on their way from the host's events to where they go on. */
export interface MessageStream {
  /** A filter reads it. */
  readonly opened: boolean;
  /** What comes out goes on instead of what came. */
  readonly transforming: boolean;
  /** Its filter has ended: the message goes on to the end of what comes out. */
  decided: boolean;
  /** Why nothing more can come out. */
  readonly failure: { readonly error: unknown } | undefined;
  /** Everything that has come was used, and more may come. */
  readonly waiting: boolean;
  /** What has come out may go on: it is made of all that has come, and decided. */
  readonly ready: boolean;
  /** The head cannot go on yet, nor can events of the body be taken. */
  readonly blocksHead: boolean;
  /** Bytes that are here: not used yet, or come out and not taken. */
  readonly byteLength: number;
  /** Those that count to the limit of what a policy keeps. */
  readonly bytesKept: number;
  /** A chunk has come. */
  push(chunk: Uint8Array, endOfStream: boolean): void;
  /** The body is complete. */
  end(): void;
  /** Nothing goes on any more. */
  stop(): void;
  /** What has come out since the last time. */
  takeOutput(): Uint8Array;
  /** Output that was taken, and has not gone on. */
  takeBack(output: Uint8Array): void;
  /** All that has come has gone on, as it came where nothing else has come out. */
  wentOn(): void;
  /** The body is complete, and what is kept of it can only go on as it came, by this error. */
  endFixed(error: unknown): void;
}

export class BodyStream implements MessageStream {
  opened = false;
  transforming = false;
  /** Why the transform cannot be completed. */
  failure: { readonly error: unknown } | undefined;
  private readonly listener: StreamListener;
  private readonly queue: ByteQueue;
  /** No chunk will come any more. */
  private ended: boolean;
  private pull: KitPromise<IteratorResult<Uint8Array, undefined>> | undefined;
  /** What `transform()` gave its caller. */
  private done: KitPromise<void> | undefined;
  private output = new ByteQueue();
  /** The transform has made its last chunk; what still comes is dropped. */
  finished = false;
  /** The filter has ended: the message goes on to the transform's end. */
  decided = false;
  private stopped = false;

  private readonly message: BodyMessage;

  /** `ended`: what is in `queue` is all there is. */
  constructor(message: BodyMessage, ended: boolean, queue: ByteQueue, listener: StreamListener) {
    this.message = message;
    this.ended = ended || message.endOfStream;
    this.queue = queue;
    this.listener = listener;
  }

  /** The consumer has used everything that has come and waits for more. */
  get waiting(): boolean {
    return this.pull !== undefined;
  }

  /** What the transform has made may go on: it has used all that has come, or ended, and the filter has decided. */
  get ready(): boolean {
    return this.finished ? this.decided && this.failure === undefined : this.pull !== undefined;
  }

  /** A transform has something to do, or the filter to decide, before more may go on. */
  get blocksHead(): boolean {
    return this.transforming && !this.ready;
  }

  /** Bytes that are here: not consumed yet, or made and not taken. */
  get byteLength(): number {
    return this.queue.byteLength + this.output.byteLength;
  }

  get bytesKept(): number {
    return this.byteLength;
  }

  wentOn(): void {
    // What is to go on instead was taken.
  }

  read(): AsyncIterableIterator<Uint8Array> {
    this.opened = true;
    this.listener.opened(false);
    return this.iterator(() => {
      this.listener.left();
    });
  }

  /** Where the message has no body there is nothing to transform. */
  transform(transform: BodyTransform): Promise<void> {
    this.opened = true;
    if (this.message.endOfStream) {
      return KitPromise.resolved(undefined);
    }
    this.listener.opened(true);
    const done = new KitPromise<void>();
    if (this.stopped) {
      return done;
    }
    this.transforming = true;
    this.done = done;
    const input = this.iterator(() => undefined);
    this.drain(() => openOutput(transform({ [Symbol.asyncIterator]: () => input })));
    return done;
  }

  /** A chunk has come. */
  push(chunk: Uint8Array, endOfStream: boolean): void {
    if (this.finished || this.stopped) {
      return;
    }
    this.queue.push(chunk);
    if (endOfStream) {
      this.ended = true;
    }
    this.serve();
  }

  /** The body is complete. */
  end(): void {
    this.ended = true;
    this.serve();
  }

  endFixed(error: unknown): void {
    if (this.transforming) {
      this.fail(error);
    } else {
      this.end();
    }
  }

  /** Nobody shall be served any more. */
  stop(): void {
    this.stopped = true;
    this.pull = undefined;
    this.queue.clear();
  }

  /** What the transform has made since the last time. */
  takeOutput(): Uint8Array {
    const output = this.output.bytes();
    this.output = new ByteQueue();
    return output;
  }

  /** Output that was taken, and has not gone on. */
  takeBack(output: Uint8Array): void {
    this.output.unshift(output);
  }

  private serve(): void {
    const pull = this.pull;
    if (pull === undefined) {
      return;
    }
    const chunk = this.shift();
    if (chunk === undefined && !this.ended) {
      return;
    }
    this.pull = undefined;
    this.waitChanged();
    pull.resolve(chunk === undefined ? { done: true, value: undefined } : { done: false, value: chunk });
  }

  /** The consumer begins or ends to wait for bytes. */
  private waitChanged(): void {
    this.message.owner.bodyWaitChanged(this.message.direction);
  }

  private shift(): Uint8Array | undefined {
    const piece = this.queue.shift();
    if (piece !== undefined) {
      this.message.owner.beginPiece();
    }
    return piece;
  }

  private iterator(onReturn: () => void): AsyncIterableIterator<Uint8Array> {
    const next = (): Promise<IteratorResult<Uint8Array, undefined>> => {
      const chunk = this.shift();
      if (chunk !== undefined) {
        return KitPromise.resolved({ done: false, value: chunk });
      }
      if (this.ended && !this.stopped) {
        return KitPromise.resolved({ done: true, value: undefined });
      }
      const pull = (this.pull ??= new KitPromise());
      if (!this.stopped) {
        this.listener.drained();
        this.waitChanged();
      }
      return pull;
    };
    const iterator: AsyncIterableIterator<Uint8Array> = {
      next,
      return: () => {
        onReturn();
        return KitPromise.resolved({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** The transform cannot go on: whoever awaits it hears why, else the message. */
  private fail(error: unknown): void {
    if (this.stopped || this.finished) {
      return;
    }
    this.finished = true;
    this.failure = { error };
    if (this.done?.observed === true) {
      this.done.reject(error);
    } else {
      // Nobody awaits the transform.
      this.message.owner.messageFailed(this.message.direction, error);
    }
  }

  /** Runs the transform to its end, one output after the other. */
  private drain(open: () => OutputIterator): void {
    const fail = (error: unknown): void => {
      this.fail(error);
    };
    const take = (result: IteratorResult<Uint8Array | string>): void => {
      if (this.stopped || this.finished) {
        return;
      }
      if (result.done === true) {
        this.finish();
        return;
      }
      this.output.push(outputBytes(result.value));
      advance();
    };
    let iterator: OutputIterator;
    const advance = (): void => {
      if (this.stopped) {
        return;
      }
      void Promise.resolve(iterator.next()).then(take).catch(fail);
    };
    try {
      iterator = open();
      advance();
    } catch (error) {
      // Later, when the caller has had the time to await the promise.
      void Promise.resolve().then(() => {
        fail(error);
      });
    }
  }

  private finish(): void {
    this.finished = true;
    this.queue.clear();
    this.listener.drained();
    this.done?.resolve();
  }
}

type OutputIterator = Iterator<Uint8Array | string> | AsyncIterator<Uint8Array | string>;

function openOutput(output: ReturnType<BodyTransform>): OutputIterator {
  return Symbol.asyncIterator in output ? output[Symbol.asyncIterator]() : output[Symbol.iterator]();
}

function outputBytes(output: unknown): Uint8Array {
  if (typeof output === "string") {
    return new TextEncoder().encode(output);
  }
  if (output instanceof Uint8Array) {
    return output;
  }
  throw noBody("The output of transform()", output);
}
