/**
 * The body and the trailers of a message: gathers, streams, and lets go on. Made for messages whose filter asks for the
 * body, or still awaits something when it comes.
 *
 * What a host allows decides the answers (docs/lifecycle.md, "What the host is told"): a body can be read and set as a
 * whole inside its own event, or later when the last answer was `StopIterationAndBuffer`; after
 * `StopIterationAndWatermark` only the chunk of the current event may be touched, so chunks are copied as they come.
 *
 * Where all filters of the exchange share one buffer, bytes that are not decided lie in it only while nobody else can push them on:
 * else they are taken away, and put back when they go on (see `chain-place.ts`).
 */
import { DataStatus, TrailersStatus } from "../abi/constants.js";
import { EditKind } from "../abi/header-edits.js";
import { FixedHeaders, type ReadonlyHeaders } from "../policy/headers.js";
import { KitPromise } from "../policy/kit-promise.js";
import type { GatheredState } from "../policy/message.js";
import { ArrivedBytes, announcedLength } from "./announced-length.js";
import { type BodyMessage, type BodyWaiter, Mode } from "./body-message.js";
import { describeReplacement, describeStream } from "./body-metadata.js";
import { BodyStream, type MessageStream, unread } from "./body-stream.js";
import { ByteQueue } from "./byte-queue.js";
import { noBytes } from "./bytes.js";
import { bypassedError, ChainPlace, Kept } from "./chain-place.js";
import { addToBody, isHidden, maxBytes, notEditable, readBody, setBody } from "./host-body.js";
import { announceLength, newBody } from "./new-body.js";

export class MessageBody {
  /** The body as gathered, or last set. */
  bytes: Uint8Array = noBytes;
  lastAnswer: DataStatus = DataStatus.Continue;
  /** The filter has left the stream: the rest goes on when it awaits something or ends, unless it answers first. */
  leaving = false;
  trailers: ReadonlyHeaders | undefined;
  private readonly message: BodyMessage;
  /** Chunks that the host keeps under `StopIterationAndWatermark`, copied; or all that is kept, where it is away. */
  private copies: ByteQueue | undefined;
  /** What is kept is not in the host's buffer. */
  private away = false;
  /**
   * What is kept, if anything, can be replaced: none of it came last while the filter awaited something. In a host's buffer that needs
   * `StopIterationAndBuffer`; for what is away the rule is the same, since a place in a chain must not decide what a filter can do.
   */
  private keptEditable = true;
  /** Among the filters that share the host's buffer; undefined where this one has its own. */
  private readonly place: ChainPlace | undefined;
  /** Bytes that have come and not gone on. */
  private size = 0;
  private readonly arrived = new ArrivedBytes();
  /** The whole message is here. */
  private complete = false;
  private endedByTrailers = false;
  /** Trailers came, and no body before them: the host has nothing that could be replaced. */
  endedWithoutBody = false;
  private trailersHeld = false;
  private waiter: BodyWaiter | undefined;
  private edited = false;
  /** It is another answer's, by `replaceBy`. */
  replaced = false;
  /** What is still to come of the body is replaced by `bytes`. */
  private replacing = false;
  /** The body that was set is not sent. */
  private dropped = false;
  /** The host shows with the next chunk what lies before it in the buffer. */
  shown = false;
  /** Of a filter that reads it as one. */
  stream: MessageStream | undefined;

  constructor(message: BodyMessage) {
    this.message = message;
    if (!message.owner.settings.ownBuffers) {
      this.place = new ChainPlace(message.owner, message.direction);
    }
  }

  /** Another filter keeps what must not be pushed on: its letting go will be an event of this message. */
  get mustWait(): boolean {
    return !this.complete && (this.place?.mustWait === true || this.headHeldLater());
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

  /** The host keeps back a body, if only an empty one, or trailers. */
  get kept(): boolean {
    return this.bodyKept() || this.trailersHeld;
  }

  // --- what the filter asks for ---

  /** `hold`: the head stays until the filter ends. */
  gather<State>(hold: boolean, state: GatheredState<State>): Promise<State> {
    const message = this.message;
    const { owner, direction } = message;
    message.mode = Mode.Gathering;
    const promise = new KitPromise<State>();
    this.waiter = { promise, state };
    if (this.size > owner.settings.bodyLimit) {
      owner.bodyTooLarge(direction);
    } else if (this.complete) {
      this.gathered(this.copies?.bytes() ?? noBytes);
    } else {
      if (!hold && this.size === 0) {
        this.headGoesFirst();
      }
      owner.bodyWaitChanged(direction);
    }
    return promise;
  }

  /** @throws SluiceError `NO_BODY`, `BODY_NOT_EDITABLE`, `BODY_METADATA`, `RESPONSE_BODY`, `SET_BODY_TOO_LARGE` */
  replace(call: string, body: string | Uint8Array): void {
    const { message } = this;
    const { containsBody, contentForbidden } = message;
    const bytes = newBody(message, call, body);
    if (containsBody && this.endedByTrailers && !this.keptEditable) {
      throw notEditable(message, call);
    }
    describeReplacement(message, call, typeof body === "string");
    this.bytes = bytes;
    this.edited = containsBody;
    this.dropped = contentForbidden;
    if (contentForbidden && !message.headOut) {
      announceLength(message, undefined);
    }
  }

  /** The body, of which nothing has gone on, can be replaced as a whole, now or as it comes. */
  get replaceable(): boolean {
    return this.stream?.opened !== true && (this.message.inEvent || this.keptEditable);
  }

  /** Replaces the body of an answer of this policy, whatever its filter wanted of it. */
  replaceBy(bytes: Uint8Array): void {
    this.stream = undefined;
    this.waiter = undefined;
    this.copies = undefined;
    this.bytes = bytes;
    this.dropped = false;
    this.replaced = true;
    this.edited = this.complete;
    this.replacing = !this.complete;
  }

  /** A piece of a body that is replaced goes on; the first one is all there will be. */
  private replaceNext(size: number): void {
    setBody(this.message, size, this.bytes);
    this.bytes = noBytes;
  }

  openStream(): void {
    const message = this.message;
    message.mode = Mode.Streaming;
    const { copies = new ByteQueue(), place } = this;
    this.stream = new BodyStream(message, this.complete, place === undefined ? copies : copies.copy(), {
      drained: this.streamDrained.bind(this),
      left: () => {
        this.leaving = true;
      },
      opened: this.streamOpened.bind(this),
    });
    if (place === undefined) {
      this.copies = undefined;
    }
  }

  /** The head goes on, and its body is still coming. */
  letHeadGo(): void {
    this.message.letHeadGo();
    this.place?.take();
  }

  /** The stream, to be read now. @throws SluiceError `STREAM_READ_TWICE` */
  unreadStream(): BodyStream {
    return unread(this.stream as BodyStream, this.message.direction.name);
  }

  /** What is kept with backpressure is to go on replaced, which takes another event: above their limit hosts give none. true: it is too large. */
  refusesKept(): boolean {
    const { owner, direction } = this.message;
    const tooLarge = !this.complete && !this.keptEditable && this.size > owner.settings.bodyLimit;
    if (tooLarge) {
      owner.bodyTooLarge(direction);
    }
    return tooLarge;
  }

  // --- the filter's end ---

  /** A transform goes on until its own end; where it failed, and the filter made nothing of that, there is none. */
  goesOnTransforming(): boolean {
    const stream = this.stream;
    if (stream?.transforming !== true) {
      return false;
    }
    const { owner, direction } = this.message;
    if (stream.failure === undefined) {
      stream.decided = true;
      this.streamDrained();
    } else {
      owner.messageFailed(direction, stream.failure.error);
    }
    return true;
  }

  discardEdits(): void {
    this.edited = false;
  }

  stop(): void {
    this.waiter = undefined;
    this.copies = undefined;
    this.stream?.stop();
  }

  // --- the host's events ---

  /** The size of this event's chunk, where others hold what went on before it. */
  withoutAhead(size: number): number {
    const ahead = this.shown ? this.place?.takeBack() : undefined;
    if (ahead === undefined) {
      return size;
    }
    if (this.stream?.transforming === true) {
      this.stream.takeBack(ahead);
    } else {
      (this.copies ??= new ByteQueue()).unshift(ahead);
      this.away = true;
    }
    return size - ahead.length;
  }

  onBody(size: number, endOfStream: boolean): DataStatus {
    const before = this.size;
    const accumulated = this.lastAnswer === DataStatus.StopIterationAndBuffer && !this.away;
    this.size = accumulated ? size : before + size;
    this.arrived.count += this.size - before;
    if (endOfStream) {
      this.complete = true;
    }
    this.keptEditable = true;
    const { mode } = this.message;
    if (mode === Mode.Head) {
      return this.keep(size, before, readBody(this.message, 0, size));
    }
    return mode === Mode.Streaming
      ? this.streamMore(size, before, accumulated)
      : this.gatherMore(size, before, accumulated);
  }

  /** The filter has ended and all goes on: in this event, unless only the next one can take all. */
  passBody(size: number, chunk = this.away ? readBody(this.message, 0, size) : undefined): DataStatus {
    if (this.replacing) {
      this.replaceNext(size);
      return DataStatus.Continue;
    }
    if (this.mustKeep()) {
      this.message.continueLater();
      return this.takeAway(size, chunk ?? readBody(this.message, 0, size));
    }
    if (chunk !== undefined && this.place !== undefined) {
      const bytes = this.copies === undefined ? chunk : this.copies.push(chunk).bytes();
      if (this.away) {
        setBody(this.message, size, bytes);
      }
      this.place.letGo(bytes, this.complete);
    }
    return DataStatus.Continue;
  }

  onTrailers(): TrailersStatus {
    const message = this.message;
    const { owner } = message;
    this.complete = true;
    this.endedByTrailers = true;
    this.endedWithoutBody = this.arrived.count === 0 && !this.bodyKept();
    this.trailers = new FixedHeaders(owner.host().getHeaderMapPairs(message.direction.trailers));
    this.place?.tell(Kept.Trailers);
    const stream = this.stream;
    if (message.mode === Mode.Gathering) {
      const whole =
        this.lastAnswer === DataStatus.StopIterationAndBuffer && !this.away
          ? readBody(this.message, 0, maxBytes)
          : (this.copies?.bytes() ?? noBytes);
      this.gathered(whole);
    } else if (stream !== undefined && !this.keptEditable) {
      stream.endFixed(notEditable(this.message, "transform()"));
    } else {
      stream?.end();
    }
    owner.runMicrotasks();
    if (message.mode === Mode.Stopped) {
      return TrailersStatus.StopIteration;
    }
    if (stream?.transforming === true ? !stream.ready : message.mode !== Mode.Passed) {
      this.trailersHeld = true;
      return TrailersStatus.StopIteration;
    }
    this.handOver();
    return TrailersStatus.Continue;
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

  private streamMore(size: number, before: number, accumulated: boolean): DataStatus {
    const message = this.message;
    const stream = this.stream as MessageStream;
    const chunk = accumulated ? readBody(this.message, before, size - before) : readBody(this.message, 0, size);
    stream.push(chunk, this.complete);
    message.owner.runMicrotasks();
    if (message.mode === Mode.Stopped) {
      return this.drop(size);
    }
    if (this.replaced) {
      this.writeBody(size);
      return DataStatus.Continue;
    }
    if (stream.transforming) {
      return this.transformMore(stream, size, before, accumulated);
    }
    if (message.mode !== Mode.Passed && (!stream.waiting || this.onlyEndMissing())) {
      return this.keep(size, before, chunk);
    }
    return this.passBody(size, chunk);
  }

  private transformMore(stream: MessageStream, size: number, before: number, accumulated: boolean): DataStatus {
    const { ready } = stream;
    const endMissing = this.onlyEndMissing();
    // Envoy loses what is put into an empty chunk, the end that comes by itself, behind what was let go outside an event.
    const lost = size === 0 && stream.byteLength > 0 && this.place !== undefined;
    if (!ready || endMissing || lost || this.mustKeep()) {
      if (ready && !endMissing) {
        this.message.continueLater();
      }
      return this.place === undefined || (before > 0 && !this.away)
        ? DataStatus.StopIterationAndBuffer
        : this.takeAway(size, noBytes);
    }
    if (isHidden(before, accumulated || this.away)) {
      this.message.owner.later(() => {
        this.streamDrained();
      });
      return DataStatus.StopIterationAndBuffer;
    }
    const output = stream.takeOutput();
    setBody(this.message, size, output);
    this.place?.letGo(output, this.complete);
    return DataStatus.Continue;
  }

  private gatherMore(size: number, before: number, accumulated: boolean): DataStatus {
    const message = this.message;
    const { owner } = message;
    if (this.size > owner.settings.bodyLimit) {
      owner.bodyTooLarge(message.direction);
      return this.away ? this.drop(size) : DataStatus.StopIterationAndBuffer;
    }
    const hidden = isHidden(before, accumulated || this.away);
    const away = this.away || (before === 0 && this.place?.mayLieInBuffer(this.message.headOut, this.stream) === false);
    if (away || this.complete) {
      const visible = readBody(this.message, 0, size);
      if (!hidden && !away) {
        this.copies = undefined;
      }
      (this.copies ??= new ByteQueue()).push(visible);
    }
    if (!this.complete) {
      return away ? this.takeAway(size) : DataStatus.StopIterationAndBuffer;
    }
    this.away = away;
    this.gathered(this.copies?.bytes() ?? noBytes);
    owner.runMicrotasks();
    if (message.mode !== Mode.Passed) {
      return away ? this.takeAway(size) : DataStatus.StopIterationAndBuffer;
    }
    if (hidden && this.edited) {
      message.continueLater();
      return DataStatus.StopIterationAndBuffer;
    }
    this.writeBody(size);
    return DataStatus.Continue;
  }

  // --- keeping ---

  /** Keeps what has come, which is undecided, in the host's buffer or here. */
  private keep(size: number, before: number, chunk: Uint8Array): DataStatus {
    this.keptEditable = this.complete;
    if (this.away || (before === 0 && this.place?.mayLieInBuffer(this.message.headOut, this.stream) === false)) {
      return this.takeAway(size, chunk);
    }
    if (this.message.mode === Mode.Head || (this.place !== undefined && !this.message.headOut)) {
      (this.copies ??= new ByteQueue()).push(chunk);
    }
    this.place?.tell(Kept.End);
    return this.complete ? DataStatus.StopIterationAndBuffer : DataStatus.StopIterationAndWatermark;
  }

  /** Keeps this event's chunk here; after this answer it can be put back outside an event. */
  private takeAway(size: number, chunk?: Uint8Array): DataStatus {
    const { message, stream } = this;
    this.away = true;
    if (chunk !== undefined && chunk.length > 0) {
      (this.copies ??= new ByteQueue()).push(chunk);
    }
    if (size > 0) {
      setBody(this.message, size, noBytes);
    }
    if (this.complete) {
      this.place?.tell(Kept.End);
    }
    const length = stream?.transforming === true ? stream.bytesKept : this.size;
    if (length > message.owner.settings.bodyLimit) {
      message.owner.bodyTooLarge(message.direction);
    }
    return DataStatus.StopIterationAndBuffer;
  }

  /** What is ready cannot go on in this event of the body: trailers follow in the same go, or a later filter would not hear of it. */
  private mustKeep(): boolean {
    const { place, message } = this;
    const stopped = this.bodyKept() || !message.headOut;
    return place !== undefined && ((stopped && place.trailersFollow) || (!this.complete && this.headHeldLater()));
  }

  private headHeldLater(): boolean {
    return this.message.headOut && this.place?.headHeldLater === true;
  }

  // --- letting go ---

  /** Hands over what was changed; everything that has come goes on with it. */
  handOver(): void {
    if (this.bypassed) {
      throw bypassedError(this.message.direction.name);
    }
    const stream = this.stream;
    if (stream?.transforming === true) {
      if (!this.keptEditable) {
        throw notEditable(this.message, "transform()");
      }
      if (this.bodyKept()) {
        const output = stream.takeOutput();
        this.putBack(output);
        this.place?.letGo(output, this.complete);
      } else if (this.endedByTrailers && stream.takeOutput().length > 0) {
        // In the trailers' event, and after it, there is no body that could be added to.
        throw notEditable(this.message, "transform(): output after the last chunk");
      }
      // What was made before anything of the body has come goes on in its first event.
    } else {
      this.writeBody(this.size);
    }
    this.letGo();
  }

  /** What goes on instead of what is kept in the host's buffer, or behind what went on before and others hold there. */
  private putBack(bytes: Uint8Array): void {
    if (this.away && this.stream !== undefined) {
      addToBody(this.message, bytes);
    } else {
      setBody(this.message, this.away ? maxBytes : this.size, bytes);
    }
  }

  /** Everything that has come goes on now. */
  letGo(): void {
    this.message.headLeaves();
    this.place?.tell(Kept.Nothing);
    this.stream?.wentOn();
    this.copies = undefined;
    this.away = false;
    this.keptEditable = true;
    this.size = 0;
    this.trailersHeld = false;
    this.lastAnswer = DataStatus.Continue;
  }

  /** In allow mode the head goes on before the body is known; its length is then unknown, too. */
  private headGoesFirst(): void {
    const message = this.message;
    this.letHeadGo();
    message.record(EditKind.Delete, "content-length", "");
    message.rememberEdits();
    message.keepReadable();
    if (!message.inEvent) {
      message.continueSoon();
    }
  }

  private streamOpened(transforming: boolean): void {
    const message = this.message;
    if (message.endOfStream) {
      return;
    }
    if (transforming && this.endedByTrailers && !this.keptEditable) {
      throw notEditable(this.message, "transform()");
    }
    if (transforming && this.size > message.owner.settings.bodyLimit) {
      message.owner.bodyTooLarge(message.direction);
      return;
    }
    this.letHeadGo();
    this.arrived.announced = announcedLength(message);
    if (transforming) {
      // Its output goes on instead.
      this.copies = undefined;
    }
    if (transforming && !message.headOut) {
      message.record(EditKind.Delete, "content-length", "");
      describeStream(message, "transform()");
    }
    message.keepReadable();
  }

  /** The consumer has used everything that has come: it may go on. */
  streamDrained(): void {
    const message = this.message;
    if (message.inEvent || message.mode === Mode.Stopped || message.endOfStream) {
      return;
    }
    if ((message.headOut && !this.kept) || this.onlyEndMissing()) {
      return;
    }
    const stream = this.stream as MessageStream;
    // What cannot be replaced now can in the next event of the body.
    if (stream.transforming && !(this.keptEditable && stream.ready)) {
      return;
    }
    message.continueSoon();
  }

  /** What came last is kept until the filter knows that it was the last, and has decided. */
  private onlyEndMissing(): boolean {
    return !this.complete && this.size > 0 && this.arrived.all;
  }

  private gathered(bytes: Uint8Array): void {
    const message = this.message;
    const waiter = this.waiter as BodyWaiter;
    this.waiter = undefined;
    if (!this.away) {
      this.copies = undefined;
    }
    this.bytes = bytes;
    message.mode = Mode.Gathered;
    message.owner.bodyWaitChanged(message.direction);
    waiter.promise.resolve(new waiter.state(message, this.trailers));
  }

  private writeBody(size: number): void {
    if (this.replacing) {
      if (size > 0) {
        this.replaceNext(this.away ? maxBytes : size);
      }
      return;
    }
    if (!this.edited) {
      const bytes = this.copies?.bytes() ?? noBytes;
      if (this.away) {
        this.putBack(bytes);
      }
      this.place?.letGo(bytes, this.complete);
      return;
    }
    this.edited = false;
    const message = this.message;
    const body = this.dropped ? noBytes : this.bytes;
    if (!message.headOut) {
      announceLength(message, this.endedByTrailers || this.dropped ? undefined : body.length);
    }
    setBody(this.message, this.away ? maxBytes : size, body);
  }

  private bodyKept(): boolean {
    return this.size > 0 || this.lastAnswer !== DataStatus.Continue;
  }
}
