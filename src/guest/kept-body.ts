/**
 * What has come of a body and not gone on: where it lies, whether it can still be replaced, and what the host is answered for it.
 *
 * What a host allows decides the answers (docs/lifecycle.md, "What the host is told"): a body can be read and set as a
 * whole inside its own event, or later when the last answer was `StopIterationAndBuffer`; after
 * `StopIterationAndWatermark` only the chunk of the current event may be touched, so chunks are copied as they come.
 *
 * Where all filters of the exchange share one buffer, bytes that are not decided lie in it only while nobody else can push them on:
 * else they are taken away, and put back when they go on (see `chain-place.ts`).
 */
import { DataStatus } from "../abi/constants.js";
import type { ReadonlyHeaders } from "../policy/headers.js";
import { type BodyMessage, Mode } from "./body-message.js";
import type { MessageStream } from "./body-stream.js";
import { ByteQueue } from "./byte-queue.js";
import { noBytes } from "./bytes.js";
import { ChainPlace, Kept } from "./chain-place.js";
import { addToBody, maxBytes, readBody, setBody } from "./host-body.js";

export abstract class KeptBody {
  readonly message: BodyMessage;
  /** Among the filters that share the host's buffer; undefined where this one has its own. */
  declare readonly place?: ChainPlace;
  /** What the bytes are taken through, where the filter reads them as they come. */
  declare stream?: MessageStream | undefined;
  declare trailers?: ReadonlyHeaders;
  /** Bytes that have come and not gone on. */
  size: number;
  /** Bytes that have come. */
  arrived: number;
  lastAnswer: DataStatus;
  /** Chunks that the host keeps under `StopIterationAndWatermark`, copied; or all that is kept, where it is away. */
  copies: ByteQueue | undefined;
  /** What is kept is not in the host's buffer. */
  away: boolean;
  /**
   * What is kept, if anything, can be replaced: none of it came last while the filter awaited something. In a host's buffer that needs
   * `StopIterationAndBuffer`; for what is away the rule is the same, since a place in a chain must not decide what a filter can do.
   */
  editable: boolean;
  /** The whole message is here. */
  complete: boolean;
  declare endedByTrailers?: true;
  /** Trailers came, and no body before them: the host has nothing that could be replaced. */
  declare endedWithoutBody?: boolean;
  /** The last byte of a message whose end is missing, where what came with it was more than may be kept, and has gone on. */
  declare lastByte?: Uint8Array | undefined;
  trailersHeld: boolean;

  // Not as initial values of the fields, which take an interpreter another call.
  constructor(message: BodyMessage) {
    this.message = message;
    this.size = 0;
    this.arrived = 0;
    this.lastAnswer = DataStatus.Continue;
    this.copies = undefined;
    this.away = false;
    this.editable = true;
    this.complete = false;
    this.trailersHeld = false;
    if (!message.owner.settings.ownBuffers) {
      this.place = new ChainPlace(message.owner, message.direction);
    }
  }

  /** The host keeps back a body, if only an empty one, or trailers. */
  get kept(): boolean {
    return this.bodyKept || this.trailersHeld;
  }

  get bodyKept(): boolean {
    return this.size > 0 || this.lastAnswer !== DataStatus.Continue;
  }

  // --- the other filters ---

  /** Another filter keeps what must not be pushed on: its letting go will be an event of this message. */
  get mustWait(): boolean {
    return !this.complete && (this.place?.mustWait === true || this.headHeldLater);
  }

  /** What this filter keeps can no longer become a part of its message. */
  get bypassed(): boolean {
    return this.place?.bypassed === true;
  }

  /** It has gone on so all the same, where its exchange has ended in order. */
  get leftBehind(): boolean {
    return this.complete && this.place?.leftBehind === true;
  }

  /** The host holds the head with all that comes, and this filter hears of none of it. */
  holdHead(): void {
    this.place?.holdHead();
  }

  /** The head goes on, and its body is still coming. */
  letHeadGo(): void {
    this.message.letHeadGo();
    this.place?.take();
  }

  /** What is ready cannot go on in this event of the body: trailers follow in the same go, or a later filter would not hear of it. */
  get mustKeep(): boolean {
    const { place } = this;
    const stopped = this.bodyKept || !this.message.headOut;
    return place !== undefined && ((stopped && place.trailersFollow) || (!this.complete && this.headHeldLater));
  }

  private get headHeldLater(): boolean {
    return this.message.headOut && this.place?.headHeldLater === true;
  }

  // --- keeping ---

  /** Keeps what has come, which is undecided, in the host's buffer or here. */
  keep(size: number, before: number, chunk: Uint8Array): DataStatus {
    // What is more than hosts buffer may only lie there with backpressure, also when its end is here: they refuse it else when it goes on.
    this.editable = this.complete && this.size <= this.message.owner.settings.setBodyLimit;
    if (this.goesAway(before)) {
      return this.takeAway(size, chunk);
    }
    if (this.message.mode === Mode.Head || (this.place !== undefined && !this.message.headOut)) {
      (this.copies ??= new ByteQueue()).push(chunk);
    }
    this.place?.tell(Kept.End);
    return this.editable ? DataStatus.StopIterationAndBuffer : DataStatus.StopIterationAndWatermark;
  }

  /** What is to be kept must not lie in the host's buffer. */
  goesAway(before: number): boolean {
    const { message, place, stream } = this;
    return this.away || (before === 0 && place?.mayLieInBuffer(message.headOut, stream) === false);
  }

  /** Keeps this event's chunk here; after this answer it can be put back outside an event. */
  takeAway(size: number, chunk?: Uint8Array): DataStatus {
    const { message, stream } = this;
    this.away = true;
    if (chunk !== undefined && chunk.length > 0) {
      (this.copies ??= new ByteQueue()).push(chunk);
    }
    if (size > 0) {
      setBody(message, size, noBytes);
    }
    if (this.complete) {
      this.place?.tell(Kept.End);
    }
    if (this.isTooMuch(stream?.transforming === true ? stream.bytesKept : this.size)) {
      message.owner.bodyTooLarge(message.direction);
    }
    return DataStatus.StopIterationAndBuffer;
  }

  /** A policy may not keep so many bytes. */
  isTooMuch(bytes: number): boolean {
    return bytes > this.message.owner.settings.bodyLimit;
  }

  // --- letting go ---

  /** The chunk of this event goes on, and what is kept: in this event, unless only the next one can take all. */
  pass(size: number, chunk = this.away ? readBody(this.message, 0, size) : undefined): DataStatus {
    if (this.mustKeep) {
      this.message.resume();
      return this.takeAway(size, chunk ?? readBody(this.message, 0, size));
    }
    if (chunk !== undefined && (this.place !== undefined || this.away)) {
      const bytes = this.copies === undefined ? chunk : this.copies.push(chunk).bytes();
      if (this.away) {
        setBody(this.message, size, bytes);
      }
      this.place?.letGo(bytes, this.complete);
    }
    return DataStatus.Continue;
  }

  /** Of the bytes that may go on in this event all do but the last one, which goes on with the end. */
  passAhead(size: number, chunk: Uint8Array): DataStatus {
    const bytes = this.away && this.copies !== undefined ? this.copies.push(chunk).bytes() : chunk;
    const ahead = bytes.subarray(0, -1);
    this.lastByte = bytes.slice(-1);
    setBody(this.message, size, ahead);
    this.place?.letGo(ahead, false);
    return DataStatus.Continue;
  }

  /** Everything that has come is to go on, with what was made of it: `size` bytes are in the host's buffer. */
  abstract write(size: number): void;

  /** All that is kept is to go on as it came. */
  passKept(): void {
    const bytes = this.copies?.bytes() ?? noBytes;
    if (this.away) {
      this.putBack(bytes);
    }
    this.place?.letGo(bytes, this.complete);
  }

  /** What goes on instead of what is kept in the host's buffer, or behind what went on before and others hold there. */
  putBack(bytes: Uint8Array): void {
    if (this.away && this.stream !== undefined) {
      addToBody(this.message, bytes);
    } else {
      setBody(this.message, this.away ? maxBytes : this.size, bytes);
    }
  }

  /** The head and everything that has come have gone on. */
  letGo(): void {
    this.place?.tell(Kept.Nothing);
    this.stream?.wentOn();
    this.copies = undefined;
    this.away = false;
    this.editable = true;
    this.size = 0;
    this.trailersHeld = false;
    this.lastAnswer = DataStatus.Continue;
  }

  /** Nothing goes on any more, this chunk neither. */
  drop(size: number): DataStatus {
    if (this.place !== undefined && size > 0) {
      setBody(this.message, size, noBytes);
    }
    // Hosts take 2 after 1 for an overflow.
    return this.lastAnswer === DataStatus.StopIterationAndBuffer
      ? this.lastAnswer
      : DataStatus.StopIterationAndWatermark;
  }
}
