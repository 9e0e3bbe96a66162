/**
 * One message (a request or a response) on its way through a policy: answers the host's events for it, gathers its body,
 * and lets it go on.
 *
 * What a host allows decides the answers (docs/lifecycle.md, "What the host is told"): a body can be read and set as a
 * whole inside its own event, or later when the last answer was `StopIterationAndBuffer`; after
 * `StopIterationAndWatermark` only the chunk of the current event may be touched, so chunks are copied as they come.
 */
import { DataStatus, HeadersStatus, Status, TrailersStatus } from "../abi/constants.js";
import { SluiceError } from "../errors.js";
import { FixedHeaders } from "../policy/headers.js";
import type { ReadonlyHeaders } from "../policy/headers.js";
import { KitPromise } from "../policy/kit-promise.js";
import type { BodyTransform, GatheredState, Message } from "../policy/message.js";
import type { Response } from "../policy/response.js";
import { BodyStream } from "./body-stream.js";
import { concatBytes } from "./bytes.js";
import { MessageHead } from "./message-head.js";

const noBytes = new Uint8Array(0);
const maxBytes = 0xffff_ffff;

/** `head`: the filter has the head. `passed`: everything goes on. `stopped`: nothing does, the exchange goes on without. */
type Mode = "head" | "gathering" | "gathered" | "streaming" | "passed" | "stopped";

/** Someone who waits for the whole body. */
interface Waiter {
  promise: KitPromise<unknown>;
  state: GatheredState<unknown>;
}

export class GuestMessage extends MessageHead implements Message {
  mode: Mode = "head";
  #inEvent = false;
  /** Chunks that the host keeps under `StopIterationAndWatermark`, copied. */
  #copies: Uint8Array[] | undefined;
  /** Bytes that have come and not gone on. */
  #kept = 0;
  #lastAnswer: DataStatus = DataStatus.Continue;
  /** The whole message is here. */
  #complete = false;
  #endedByTrailers = false;
  #trailersHeld = false;
  /** The message will go on in an event of no exchange; until then it stays. */
  #continuePending = false;
  #trailers: ReadonlyHeaders | undefined;
  #waiter: Waiter | undefined;
  #body: Uint8Array | undefined;
  #bodyEdited = false;
  /** The head goes on while the body is still coming. */
  #letHeadGo = false;
  /** The filter has left the stream: the rest goes on when it awaits something or ends, unless it answers first. */
  #leaving = false;
  #stream: BodyStream | undefined;

  /** The filter is waiting for bytes of this message, which its time limit does not count. */
  get awaitingBody(): boolean {
    return this.mode === "gathering" || (this.#stream?.waiting ?? false);
  }

  /** The filter has chosen to read the body as a stream. */
  get streaming(): boolean {
    return this.#stream !== undefined;
  }

  // --- what the filter asks for ---

  gather<State>(call: string, editable: boolean, state: GatheredState<State>): Promise<State> {
    const refusal = this.#moveOn(call, !editable);
    if (refusal !== undefined) return KitPromise.rejected(refusal);
    if (this.endOfStream) {
      this.mode = "gathered";
      this.#body = noBytes;
      return KitPromise.resolved(new state(this, undefined));
    }
    const hold = editable || this.direction.name === "response" || this.owner.preventPartialRequests;
    if (hold && !this.owner.canHold) {
      this.mode = "head";
      this.consumedBy = undefined;
      return KitPromise.rejected(
        new SluiceError("HOLD_UNAVAILABLE", `${call}: this host cannot hold the ${this.direction.name}'s head until its body is there.`),
      );
    }
    this.mode = "gathering";
    const promise = new KitPromise<State>();
    this.#waiter = { promise: promise, state };
    if (this.#complete) {
      this.#gathered(concatBytes(this.#copies ?? []));
    } else if (this.#kept > this.owner.bodyLimit) {
      this.owner.bodyTooLarge(this.direction);
    } else {
      if (!hold && this.#kept === 0) this.#headGoesFirst();
      this.owner.bodyWaitChanged(this.direction);
    }
    return promise;
  }

  body(): Uint8Array {
    return this.#body ?? noBytes;
  }

  setBody(call: string, body: string | Uint8Array): void {
    if (this.consumedBy === "sendResponse()" || this.mode !== "gathered") {
      throw new SluiceError("STATE_CONSUMED", `${call} after ${this.consumedBy ?? "the end of the filter"}.`);
    }
    if (this.owner.over !== undefined) throw new SluiceError("EXCHANGE_OVER", `${call} has no effect any more: ${this.owner.over}.`);
    if (this.endOfStream || (this.#endedByTrailers && !this.#bodyKept())) {
      throw new SluiceError("NO_BODY", `${call}: the ${this.direction.name} has no body that could be replaced.`);
    }
    if (this.#endedByTrailers && !this.#keptEditable()) throw this.#notEditable(call);
    if (typeof body !== "string" && !(body instanceof Uint8Array)) {
      throw new SluiceError("RESPONSE_BODY", `${call}: expected a string or a Uint8Array, got ${typeof body}.`);
    }
    this.#body = typeof body === "string" ? new TextEncoder().encode(body) : body;
    this.#bodyEdited = true;
  }

  openStream<State>(call: string, state: new (message: Message) => State): Promise<State> {
    const refusal = this.#moveOn(call, true);
    if (refusal !== undefined) return KitPromise.rejected(refusal);
    this.mode = "streaming";
    this.#stream = new BodyStream(this.endOfStream, this.#complete, this.#copies ?? [], {
      drained: () => {
        this.#streamDrained();
      },
      left: () => {
        this.#leaving = true;
      },
      waitChanged: () => {
        this.owner.bodyWaitChanged(this.direction);
      },
      opened: (transforming) => {
        this.#streamOpened(transforming);
      },
      failed: (error) => {
        this.owner.messageFailed(this.direction, error);
      },
    });
    this.#copies = undefined;
    return KitPromise.resolved(new state(this));
  }

  readStream(): AsyncIterableIterator<Uint8Array> {
    return this.#openedStream().read();
  }

  transformStream(transform: BodyTransform): Promise<void> {
    return this.#openedStream().transform(transform);
  }

  trailers(): ReadonlyHeaders | undefined {
    return this.#trailers;
  }

  sendResponse(response: Response): void {
    if (this.consumedBy !== undefined || this.mode !== "head") {
      throw new SluiceError("STATE_CONSUMED", `sendResponse() after ${this.consumedBy ?? "intoHeadersBodyState()"}.`);
    }
    this.owner.sendResponse(response);
    this.consumedBy = "sendResponse()";
    this.stop();
  }

  // --- how the exchange ends a filter's hold on it ---

  /** The filter has ended and the message goes on with its changes. */
  pass(): void {
    if (this.mode === "passed" || this.mode === "stopped") return;
    this.consumedBy ??= "the end of the filter";
    if (this.#stream?.transforming === true) {
      // It goes on until its own end; where it failed, and the filter made nothing of that, there is none.
      const { failure } = this.#stream;
      if (failure !== undefined) this.owner.messageFailed(this.direction, failure.error);
      return;
    }
    this.mode = "passed";
    if (!this.#inEvent && this.#isHeld()) this.#continueSoon();
  }

  /** The filter awaits something: if it has left the stream, the rest goes on. */
  passIfLeft(): void {
    if (this.#leaving && this.mode === "streaming") this.pass();
  }

  /** The message goes on as it came, whatever the filter did to it. */
  passUnchanged(): void {
    this.discardEdits();
    this.#bodyEdited = false;
    this.mode = "head";
    this.pass();
  }

  /** No filter of this policy wants the message. */
  ignore(): void {
    this.mode = "passed";
    this.headOut = true;
  }

  /** A part of the message has been replaced: it cannot go on as it came. */
  get broken(): boolean {
    return this.#stream?.transforming ?? false;
  }

  /** The message goes no further; what the filter does to it has no effect. */
  stop(): void {
    this.mode = "stopped";
    this.consumedBy ??= "the filter was ended";
    this.#waiter = undefined;
    this.#copies = undefined;
    this.#stream?.stop();
  }

  // --- the host's events ---

  /** `run` runs the filter on the head. */
  onHead(endOfStream: boolean, run: () => void): HeadersStatus {
    this.endOfStream = endOfStream;
    this.#inEvent = true;
    run();
    this.owner.runMicrotasks();
    this.#inEvent = false;
    if (this.mode === "stopped" || (this.mode !== "passed" && !this.#letHeadGo)) return HeadersStatus.StopIteration;
    this.#headLeaves();
    return HeadersStatus.Continue;
  }

  onBody(size: number, endOfStream: boolean): DataStatus {
    // What was to go on in a later event can as well go on in this one.
    this.#continuePending = false;
    if (this.mode === "passed") {
      this.#letGo();
      return DataStatus.Continue;
    }
    const accumulated = this.#lastAnswer === DataStatus.StopIterationAndBuffer;
    if (this.mode === "stopped") return this.#keepAnswer();
    const before = this.#kept;
    this.#kept = accumulated ? size : before + size;
    if (endOfStream) this.#complete = true;
    this.#inEvent = true;
    const answer = this.#bodyAnswer(size, before, accumulated);
    this.#inEvent = false;
    if (answer === DataStatus.Continue) this.#letGo();
    else this.#lastAnswer = answer;
    return answer;
  }

  onTrailers(): TrailersStatus {
    this.#continuePending = false;
    if (this.mode === "stopped") return TrailersStatus.StopIteration;
    if (this.mode === "passed") {
      this.#letGo();
      return TrailersStatus.Continue;
    }
    this.#complete = true;
    this.#endedByTrailers = true;
    this.#trailers = new FixedHeaders(this.owner.host().getHeaderMapPairs(this.direction.trailers));
    this.#inEvent = true;
    const stream = this.#stream;
    if (this.mode === "gathering") {
      const whole = this.#lastAnswer === DataStatus.StopIterationAndBuffer ? this.#readBuffer(0, maxBytes) : concatBytes(this.#copies ?? []);
      this.#gathered(whole);
    } else if (stream?.transforming === true && !this.#keptEditable()) {
      stream.fail(this.#notEditable("transform()"));
    } else {
      stream?.end();
    }
    this.owner.runMicrotasks();
    this.#inEvent = false;
    if ((this.mode as Mode) === "stopped") return TrailersStatus.StopIteration;
    if (stream?.transforming === true ? !stream.settled || stream.failure !== undefined : (this.mode as Mode) !== "passed") {
      this.#trailersHeld = true;
      return TrailersStatus.StopIteration;
    }
    this.#handOver();
    return TrailersStatus.Continue;
  }

  #bodyAnswer(size: number, before: number, accumulated: boolean): DataStatus {
    if (this.mode === "head") {
      (this.#copies ??= []).push(this.#readBuffer(0, size));
      return this.#complete ? DataStatus.StopIterationAndBuffer : DataStatus.StopIterationAndWatermark;
    }
    if (this.mode === "streaming") {
      const stream = this.#stream as BodyStream;
      stream.push(accumulated ? this.#readBuffer(before, size - before) : this.#readBuffer(0, size), this.#complete);
      this.owner.runMicrotasks();
      return this.#streamAnswer(size, before > 0 && !accumulated);
    }
    if (this.#kept > this.owner.bodyLimit) {
      this.owner.bodyTooLarge(this.direction);
      return DataStatus.StopIterationAndBuffer;
    }
    if (!this.#complete) return DataStatus.StopIterationAndBuffer;
    const visible = this.#readBuffer(0, size);
    // Chunks under StopIterationAndWatermark are not visible now; they will be once this event is answered.
    const hidden = before > 0 && !accumulated;
    this.#gathered(hidden ? concatBytes([...(this.#copies ?? []), visible]) : visible);
    this.owner.runMicrotasks();
    if ((this.mode as Mode) !== "passed") return DataStatus.StopIterationAndBuffer;
    if (hidden && this.#bodyEdited) {
      this.#continuePending = true;
      this.owner.later(() => { this.#continue(); });
      return DataStatus.StopIterationAndBuffer;
    }
    this.#writeBody(size);
    return DataStatus.Continue;
  }

  #streamAnswer(size: number, hidden: boolean): DataStatus {
    const stream = this.#stream as BodyStream;
    if (this.mode === "stopped") return this.#keepAnswer();
    if (!stream.transforming) {
      if (this.mode === "passed" || stream.waiting) return DataStatus.Continue;
      return this.#complete ? DataStatus.StopIterationAndBuffer : DataStatus.StopIterationAndWatermark;
    }
    if (!stream.settled || stream.failure !== undefined) return DataStatus.StopIterationAndBuffer;
    if (hidden) {
      this.owner.later(() => { this.#streamDrained(); });
      return DataStatus.StopIterationAndBuffer;
    }
    this.#setBuffer(size, stream.takeOutput());
    return DataStatus.Continue;
  }

  // --- letting go ---

  /** In allow mode the head goes on before the body is known; its length is then unknown, too. */
  #headGoesFirst(): void {
    this.#letHeadGo = true;
    this.record("delete", "content-length", "");
    this.keepReadable();
    if (!this.#inEvent) this.#continueSoon();
  }

  #streamOpened(transforming: boolean): void {
    if (this.endOfStream) return;
    if (transforming && this.#endedByTrailers && !this.#keptEditable()) throw this.#notEditable("transform()");
    if (transforming && this.#kept > this.owner.bodyLimit) {
      this.owner.bodyTooLarge(this.direction);
      return;
    }
    this.#letHeadGo = true;
    if (transforming && !this.headOut) this.record("delete", "content-length", "");
    this.keepReadable();
  }

  /** The consumer has used everything that has come: it may go on. */
  #streamDrained(): void {
    if (this.#inEvent || this.mode === "stopped" || this.endOfStream) return;
    if (!this.#isHeld()) return;
    const stream = this.#stream as BodyStream;
    if (stream.transforming && this.#bodyKept()) {
      // Kept bytes can be replaced only after StopIterationAndBuffer, which the next event will be answered with.
      if (this.#lastAnswer !== DataStatus.StopIterationAndBuffer) return;
      if (!stream.settled) return;
    }
    if (stream.failure !== undefined) return;
    this.#continueSoon();
  }

  #continueSoon(): void {
    if (this.#continuePending) return;
    this.#continuePending = true;
    this.owner.act(() => { this.#continue(); });
  }

  /** Outside an event of this message: hands over what was changed and lets the stream go on. */
  #continue(): void {
    if (!this.#continuePending) return;
    this.#continuePending = false;
    if (this.mode === "stopped") return;
    try {
      this.#handOver();
    } catch (error) {
      this.owner.messageFailed(this.direction, error);
      return;
    }
    this.owner.host().continueStream(this.direction.stream);
  }

  #handOver(): void {
    const stream = this.#stream;
    if (stream?.transforming === true) {
      const output = stream.takeOutput();
      // In the trailers' event, and after it, there is no body that could be added to.
      if (output.length > 0 && this.#endedByTrailers && !this.#bodyKept()) throw this.#notEditable("transform(): output after the last chunk");
      if (this.#kept > 0 || output.length > 0) this.#setBuffer(this.#kept, output);
    } else {
      this.#writeBody(this.#kept);
    }
    this.#letGo();
  }

  /** Everything that has come goes on now. */
  #letGo(): void {
    this.#headLeaves();
    this.#copies = undefined;
    this.#kept = 0;
    this.#trailersHeld = false;
    this.#lastAnswer = DataStatus.Continue;
  }

  /** Hosts take 2 after 1 for an overflow. */
  #keepAnswer(): DataStatus {
    return this.#lastAnswer === DataStatus.StopIterationAndBuffer ? this.#lastAnswer : DataStatus.StopIterationAndWatermark;
  }

  /** The host keeps something of the message back. */
  #isHeld(): boolean {
    return !this.headOut || this.#bodyKept() || this.#trailersHeld;
  }

  /** The host keeps back a body, if only an empty one. */
  #bodyKept(): boolean {
    return this.#kept > 0 || this.#lastAnswer !== DataStatus.Continue;
  }

  /** What the host keeps back of the body, if anything, can be replaced. */
  #keptEditable(): boolean {
    return this.#kept === 0 || this.#lastAnswer === DataStatus.StopIterationAndBuffer;
  }

  #notEditable(call: string): SluiceError {
    return new SluiceError(
      "BODY_NOT_EDITABLE",
      `${call}: the ${this.direction.name} ended in trailers, and what came of its body before can no longer be changed.`,
    );
  }

  #headLeaves(): void {
    if (this.headOut) return;
    this.flushHead();
    this.headOut = true;
  }

  #writeBody(size: number): void {
    if (!this.#bodyEdited) return;
    this.#bodyEdited = false;
    const bytes = this.body();
    if (!this.headOut) {
      // Trailers need a chunked message (RFC 9112 section 7.1.2).
      if (this.#endedByTrailers) this.record("delete", "content-length", "");
      else this.record("set", "content-length", String(bytes.length));
    }
    this.#setBuffer(size, bytes);
  }

  #gathered(bytes: Uint8Array): void {
    const waiter = this.#waiter as Waiter;
    this.#waiter = undefined;
    this.#copies = undefined;
    this.#body = bytes;
    this.mode = "gathered";
    this.owner.bodyWaitChanged(this.direction);
    waiter.promise.resolve(new waiter.state(this, this.#trailers));
  }

  /** Consumes the head state; the error where it is consumed already. */
  #moveOn(call: string, consumesHead: boolean): SluiceError | undefined {
    if (this.mode !== "head" || this.consumedBy !== undefined) {
      const consumer = this.consumedBy ?? "intoHeadersBodyState()";
      return new SluiceError("STATE_CONSUMED", `${call} after ${consumer}: a ${this.direction.name} moves on once.`);
    }
    if (this.owner.over !== undefined) {
      return new SluiceError("EXCHANGE_OVER", `${call} has no effect any more: ${this.owner.over}.`);
    }
    if (consumesHead) this.consumedBy = call;
    return undefined;
  }

  #openedStream(): BodyStream {
    const stream = this.#stream as BodyStream;
    if (stream.opened) {
      throw new SluiceError("STREAM_READ_TWICE", `The ${this.direction.name}'s body stream was opened already.`);
    }
    return stream;
  }

  #readBuffer(start: number, length: number): Uint8Array {
    if (length === 0) return noBytes;
    return this.owner.host().getBufferBytes(this.direction.body, start, length) ?? noBytes;
  }

  #setBuffer(length: number, bytes: Uint8Array): void {
    const status = this.owner.host().setBufferBytes(this.direction.body, 0, length, bytes);
    if (status !== Status.Ok) {
      throw new SluiceError("BODY_NOT_EDITABLE", `The host refused to set the ${this.direction.name}'s body (status ${status}).`);
    }
  }
}
