/**
 * One message (a request or a response) on its way through a policy: its head, what its filter may still do, and the
 * answers to the host's events for it. Most messages are let go with their head and need nothing of what bodies need,
 * which is in `MessageBody`.
 *
 * QuickJS pays for each field that an object defines: what is true or not is a bit of one number, the rest is only declared,
 * and most messages have two fields.
 */
import { DataStatus, HeadersStatus, MapType, TrailersStatus } from "../abi/constants.js";
import { EditKind } from "../abi/header-edits.js";
import { firstValue } from "../abi/header-list.js";
import { isHopByHop, removeHopByHop } from "../abi/hop-by-hop.js";
import type { HeaderList } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import type { ReadonlyHeaders } from "../policy/headers.js";
import { KitPromise } from "../policy/kit-promise.js";
import type { BodyTransform, GatheredState, Message } from "../policy/message.js";
import type { Response } from "../policy/response.js";
import { isWithoutContent } from "../policy/without-content.js";
import { type BodyMessage, Mode } from "./body-message.js";
import { noBytes } from "./bytes.js";
import { currentEvent } from "./current-event.js";
import { type Direction, requestDirection, responseDirection } from "./direction.js";
import {
  closedBits,
  consumedBit,
  contentBit,
  continuePendingBit,
  endedBit,
  endOfStreamBit,
  headBit,
  headersShownBit,
  headOutBit,
  letHeadGoBit,
  modeBits,
  outcomeBits,
  responseBit,
  touchedBits,
} from "./message-bits.js";
import { MessageBody } from "./message-body.js";
import { MessageHead } from "./message-head.js";
import type { MessageOwner } from "./message-owner.js";
import { headGone, headMovedOn, responseMovedOn } from "./moved-on.js";

export class GuestMessage implements Message, BodyMessage {
  declare readonly owner: MessageOwner;
  /** The mode, and what else is true. */
  declare private bits: number;
  /** The call after which the state of the head was consumed. */
  declare private consumedBy: string | undefined;
  declare private head?: MessageHead;
  declare private content?: MessageBody;

  /** A message that has not come yet; see `prepared-exchange.ts`. */
  static prepare(owner: MessageOwner, isResponse: boolean): GuestMessage {
    const message = new GuestMessage(owner, isResponse, false);
    message.head = new MessageHead();
    return message;
  }

  constructor(owner: MessageOwner, isResponse: boolean, endOfStream: boolean) {
    this.owner = owner;
    this.bits = (isResponse ? responseBit : 0) | (endOfStream ? endOfStreamBit : 0);
  }

  get direction(): Direction {
    return (this.bits & responseBit) === 0 ? requestDirection : responseDirection;
  }

  get mode(): Mode {
    return (this.bits & modeBits) as Mode;
  }

  set mode(mode: Mode) {
    this.bits = (this.bits & ~modeBits) | mode;
  }

  /** It goes on, or no further, whatever its filter does. */
  get settled(): boolean {
    return (this.bits & modeBits) >= Mode.Passed;
  }

  /** The head ended the message: no body, no trailers. */
  get endOfStream(): boolean {
    return (this.bits & endOfStreamBit) !== 0;
  }

  get containsBody(): boolean {
    return !this.endOfStream && this.content?.endedWithoutBody !== true;
  }

  /** It is a response that has no content whatever is set (RFC 9110 sections 6.4.1 and 15.3.6). */
  get contentForbidden(): boolean {
    return (
      this.isResponse && (this.owner.headRequest === true || isWithoutContent(Number(this.pseudoHeader(":status"))))
    );
  }

  /** The head has left this policy. */
  get headOut(): boolean {
    return (this.bits & headOutBit) !== 0;
  }

  /** Its filter has ended and the head has gone on; what follows passes as it comes. */
  get leftWithHead(): boolean {
    return (this.bits & outcomeBits) === (Mode.Passed | headOutBit);
  }

  /** The host is waiting for the answer to an event of this message. */
  get inEvent(): boolean {
    return currentEvent.message === this;
  }

  /** The filter is waiting for bytes of this message, which its time limit does not count. */
  get awaitingBody(): boolean {
    return this.mode === Mode.Gathering || (this.content?.stream?.waiting ?? false);
  }

  /** The filter has chosen to read the body as a stream. */
  get streaming(): boolean {
    return this.content?.stream !== undefined;
  }

  /** A part of the message has been replaced: it cannot go on as it came. */
  get broken(): boolean {
    return this.content !== undefined && (this.content.stream?.transforming === true || this.content.bypassed);
  }

  /** Its end has gone on without what this policy keeps; of a response that shows at the end of its exchange. */
  get bypassed(): boolean {
    const { content } = this;
    return (
      content !== undefined && this.mode < Mode.Stopped && (this.isResponse ? content.leftBehind : content.bypassed)
    );
  }

  // --- the head, for the filter ---

  headersShown(): void {
    this.bits |= headersShownBit;
  }

  headerList(): HeaderList {
    this.refuseAfterSend("headers");
    return this.head?.list ?? this.load();
  }

  hasHeader(name: string): boolean {
    if ((this.bits & responseBit) !== 0 && isHopByHop(name.toLowerCase())) {
      return false;
    }
    // The usual case first: nothing was read, changed or consumed.
    if ((this.bits & touchedBits) === 0) {
      const map = (this.bits & responseBit) === 0 ? MapType.RequestHeaders : MapType.ResponseHeaders;
      return this.owner.host().getHeaderMapValue(map, name) !== undefined;
    }
    return this.currentValue("headers.has()", name.toLowerCase()) !== undefined;
  }

  pseudoHeader(name: string): string {
    // As in `hasHeader`.
    if ((this.bits & touchedBits) === 0) {
      const map = (this.bits & responseBit) === 0 ? MapType.RequestHeaders : MapType.ResponseHeaders;
      return this.owner.host().getHeaderMapValue(map, name) ?? "";
    }
    return this.currentValue(name.slice(1), name) ?? "";
  }

  private currentValue(call: string, name: string): string | undefined {
    this.refuseAfterSend(call);
    return this.readsHost(name)
      ? this.owner.host().getHeaderMapValue(this.direction.headers, name)
      : firstValue(this.headerList(), name);
  }

  setPseudoHeader(call: string, name: string, value: string): void {
    this.edit(call, EditKind.Set, name, value);
  }

  setHeader(call: string, name: string, value: string): void {
    this.edit(call, EditKind.Set, name, value);
  }

  appendHeader(call: string, name: string, value: string): void {
    this.edit(call, EditKind.Append, name, value);
  }

  deleteHeader(call: string, name: string): void {
    this.edit(call, EditKind.Delete, name, "");
  }

  /** Reads the list now, since it may be gone when the head has left. */
  keepReadable(): void {
    if (this.head?.list === undefined) {
      this.load();
    }
  }

  /** The kit's own change, allowed whatever the filter's state is. */
  record(kind: EditKind, name: string, value: string): void {
    this.ofHead().record(kind, name, value);
  }

  // --- the body, for the filter ---

  gather<State>(call: string, editable: boolean, state: GatheredState<State>): Promise<State> {
    const refusal = this.moveOn(call, !editable);
    if (refusal !== undefined) {
      return KitPromise.rejected(refusal);
    }
    if (this.endOfStream) {
      this.mode = Mode.Gathered;
      return KitPromise.resolved(new state(this, undefined));
    }
    const hold = editable || this.direction.name === "response" || this.owner.settings.partialRequests === "prevent";
    if (hold && !this.owner.settings.canHold) {
      this.bits &= ~consumedBit;
      return KitPromise.rejected(
        new SluiceError(
          "HOLD_UNAVAILABLE",
          `${call}: this host cannot hold the ${this.direction.name}'s head until its body is there.`,
        ),
      );
    }
    return this.ofBody().gather(hold, state);
  }

  get isResponse(): boolean {
    return (this.bits & responseBit) !== 0;
  }

  get bodyOf(): "request" | "response" {
    return this.direction.name;
  }

  isEdited(name: string): boolean {
    return this.head?.isEdited(name) ?? false;
  }

  rememberEdits(): void {
    this.head?.rememberEdits();
  }

  body(): Uint8Array {
    return this.content?.bytes ?? noBytes;
  }

  setBody(call: string, body: string | Uint8Array): void {
    if (this.consumer === "sendResponse()" || this.mode !== Mode.Gathered) {
      throw new SluiceError("STATE_CONSUMED", `${call} after ${this.consumer ?? "the end of the filter"}.`);
    }
    if (this.owner.over !== undefined) {
      throw new SluiceError("EXCHANGE_OVER", `${call} has no effect any more: ${this.owner.over}.`);
    }
    this.ofBody().replace(call, body);
  }

  openStream<State>(call: string, state: new (message: Message) => State): Promise<State> {
    const refusal = this.moveOn(call, true);
    if (refusal !== undefined) {
      return KitPromise.rejected(refusal);
    }
    this.ofBody().openStream();
    return KitPromise.resolved(new state(this));
  }

  readStream(): AsyncIterableIterator<Uint8Array> {
    return this.ofBody().unreadStream.read();
  }

  transformStream(transform: BodyTransform): Promise<void> {
    return this.ofBody().unreadStream.transform(transform);
  }

  trailers(): ReadonlyHeaders | undefined {
    return this.content?.trailers;
  }

  sendResponse(response: Response): void {
    if (this.consumer !== undefined || this.mode !== Mode.Head) {
      throw responseMovedOn(this.consumer);
    }
    this.owner.sendResponse(response);
    this.consume("sendResponse()");
    this.stop();
  }

  // --- how the exchange ends a filter's hold on it ---

  /** The filter has ended and the message goes on with its changes. */
  pass(): void {
    const { bits } = this;
    if ((bits & modeBits) >= Mode.Passed || ((bits & contentBit) !== 0 && this.ofBody().goesOnTransforming())) {
      return;
    }
    this.bits = (bits & ~modeBits) | Mode.Passed;
    if (currentEvent.message !== this && this.isHeld()) {
      this.continueSoon();
    }
  }

  /** The filter awaits something: if it has left the stream, the rest goes on. */
  passIfLeft(): void {
    if (this.content?.leaving === true && this.mode === Mode.Streaming) {
      this.pass();
    }
  }

  /** The message goes on as it came, whatever the filter did to it. */
  passUnchanged(): void {
    this.head?.discardEdits();
    this.content?.discardEdits();
    this.mode = Mode.Head;
    this.pass();
  }

  /**
   * The response, an answer of this policy, goes on as another answer: hosts take one of a policy for an exchange, so that one is edited
   * in its place. false: it is too late for that.
   *
   * @param cutOff the code of the policy was interrupted, inside an event of which nobody knows how it was answered
   */
  replaceBy(answer: Response, cutOff: boolean): boolean {
    const { content } = this;
    if (this.headOut || (cutOff ? content !== undefined : content?.replaceable === false)) {
      return false;
    }
    this.ofHead().replaceBy(answer, this.owner.host().getHeaderMapPairs(this.direction.headers));
    if (!this.endOfStream) {
      const bytes = answer.bodyBytes() ?? noBytes;
      this.record(EditKind.Set, "content-length", String(bytes.length));
      this.ofBody().replaceBy(bytes);
    }
    this.bits = (this.bits & ~modeBits) | Mode.Passed;
    if (cutOff) {
      this.continueLater();
    } else if (!this.inEvent) {
      this.continueSoon();
    }
    return true;
  }

  /** No filter of this policy wants the message. */
  ignore(): void {
    this.bits = (this.bits & ~modeBits) | Mode.Passed | headOutBit;
  }

  /** The message goes no further; what the filter does to it has no effect. */
  stop(): void {
    this.bits = (this.bits & ~modeBits) | Mode.Stopped | endedBit;
    this.content?.stop();
  }

  // --- the host's events ---

  /** The head has come; the filter is run before `headEventEnds`. */
  headEventBegins(endOfStream: boolean): void {
    if (endOfStream) {
      this.bits |= endOfStreamBit;
    }
    currentEvent.message = this;
  }

  headEventEnds(): HeadersStatus {
    if ((this.bits & modeBits) < Mode.Passed) {
      this.owner.runMicrotasks();
    }
    currentEvent.message = undefined;
    const { bits } = this;
    const mode = bits & modeBits;
    const works = mode === Mode.Streaming && this.content?.stream?.blocksHead === true;
    if (mode === Mode.Stopped || works || (mode !== Mode.Passed && (bits & letHeadGoBit) === 0)) {
      if ((bits & endOfStreamBit) === 0 && !this.owner.settings.canHold) {
        this.ofBody().holdHead();
      }
      // What follows may come in the same go, before promise jobs have run, where those do not run inside events.
      return works && this.owner.settings.ownBuffers
        ? HeadersStatus.StopAllIterationAndWatermark
        : HeadersStatus.StopIteration;
    }
    if ((bits & headBit) === 0) {
      this.bits = bits | headOutBit;
    } else {
      this.headLeaves();
    }
    return HeadersStatus.Continue;
  }

  onBody(size: number, endOfStream: boolean): DataStatus {
    // What was to go on in a later event can as well go on in this one.
    this.bits &= ~continuePendingBit;
    if (this.mode === Mode.Passed && this.headOut && this.content === undefined) {
      return DataStatus.Continue;
    }
    const content = this.ofBody();
    if (this.mode === Mode.Stopped) {
      return content.drop(size);
    }
    currentEvent.message = this;
    try {
      const answer = content.onBody(size, endOfStream);
      if (answer === DataStatus.Continue) {
        content.letGo();
      }
      return answer;
    } finally {
      currentEvent.message = undefined;
    }
  }

  onTrailers(): TrailersStatus {
    this.bits &= ~continuePendingBit;
    if (this.mode === Mode.Stopped) {
      return TrailersStatus.StopIteration;
    }
    if (this.mode === Mode.Passed) {
      this.handOver();
      return TrailersStatus.Continue;
    }
    currentEvent.message = this;
    try {
      return this.ofBody().onTrailers();
    } finally {
      currentEvent.message = undefined;
    }
  }

  // --- letting go ---

  continueSoon(): void {
    if ((this.bits & continuePendingBit) !== 0) {
      return;
    }
    this.bits |= continuePendingBit;
    this.owner.act(() => {
      this.continue();
    });
  }

  continueLater(): void {
    this.bits |= continuePendingBit;
    this.owner.later(() => {
      this.continue();
    });
  }

  headLeaves(): void {
    const { bits } = this;
    if ((bits & headOutBit) !== 0) {
      return;
    }
    const map = (bits & responseBit) === 0 ? MapType.RequestHeaders : MapType.ResponseHeaders;
    this.head?.flush(this.owner.host(), map);
    this.bits = bits | headOutBit;
  }

  /** Outside an event of this message: hands over what was changed and lets the stream go on. */
  private continue(): void {
    if ((this.bits & continuePendingBit) === 0) {
      return;
    }
    // It stays pending until the event that another filter causes when it lets go, where the host gives one.
    if (this.mode !== Mode.Stopped && this.mustWait()) {
      if (!this.owner.settings.canHold || !this.owner.settings.onlyOurs) {
        this.continueLater();
      }
      return;
    }
    this.bits &= ~continuePendingBit;
    if (this.mode === Mode.Stopped) {
      return;
    }
    try {
      this.handOver();
    } catch (error) {
      this.owner.messageFailed(this.direction, error);
      return;
    }
    this.owner.host().continueStream(this.direction.stream);
  }

  /** Outside an event a filter that comes later lets go what an earlier one keeps. */
  private mustWait(): boolean {
    if ((this.bits & endOfStreamBit) !== 0 || this.owner.settings.ownBuffers) {
      return false;
    }
    return this.ofBody().mustWait;
  }

  private handOver(): void {
    if (this.content === undefined) {
      this.headLeaves();
    } else {
      this.content.handOver();
    }
  }

  /** The host keeps something of the message back. */
  private isHeld(): boolean {
    return !this.headOut || (this.content?.kept ?? false);
  }

  // --- states ---

  /** What has been read and changed. */
  ofHead(): MessageHead {
    this.bits |= headBit;
    return (this.head ??= new MessageHead());
  }

  ofBody(): MessageBody {
    this.bits |= contentBit;
    return (this.content ??= new MessageBody(this));
  }

  /** The head goes on while the body is still coming. */
  letHeadGo(): void {
    this.bits |= letHeadGoBit;
  }

  /** What consumed the state of the head. */
  private get consumer(): string | undefined {
    if ((this.bits & consumedBit) !== 0) {
      return this.consumedBy;
    }
    if ((this.bits & endedBit) !== 0) {
      return "the filter was ended";
    }
    return this.mode === Mode.Passed ? "the end of the filter" : undefined;
  }

  private consume(call: string): void {
    this.bits |= consumedBit;
    this.consumedBy = call;
  }

  /** Consumes the head state; the error where it is consumed already. */
  private moveOn(call: string, consumesHead: boolean): SluiceError | undefined {
    if (this.mode !== Mode.Head || (this.bits & (consumedBit | endedBit)) !== 0) {
      const consumer = this.consumer ?? "intoHeadersBodyState()";
      return new SluiceError("STATE_CONSUMED", `${call} after ${consumer}: a ${this.direction.name} moves on once.`);
    }
    if (this.owner.over !== undefined) {
      return new SluiceError("EXCHANGE_OVER", `${call} has no effect any more: ${this.owner.over}.`);
    }
    if (consumesHead) {
      this.consume(call);
    }
    return undefined;
  }

  private edit(call: string, kind: EditKind, name: string, value: string): void {
    const consumer = (this.bits & closedBits) === 0 ? undefined : this.consumer;
    if (consumer !== undefined) {
      throw headMovedOn(call, consumer, this.direction.name);
    }
    if (this.owner.over !== undefined) {
      throw new SluiceError("EXCHANGE_OVER", `${call} has no effect any more: ${this.owner.over}.`);
    }
    this.ofHead().record(kind, name, value);
  }

  private refuseAfterSend(call: string): void {
    if (this.consumer === "sendResponse()") {
      throw new SluiceError("STATE_CONSUMED", `${call} after sendResponse(): this response was discarded.`);
    }
  }

  /** The host's map has what the filter is to see of that name: a single value can be asked for. */
  private readsHost(name: string): boolean {
    return !this.headOut && this.head?.list === undefined && this.head?.isEdited(name) !== true;
  }

  private load(): HeaderList {
    // Some hosts would still give it, others give nothing.
    if (this.headOut) {
      throw headGone(this.direction.name);
    }
    const list = this.owner.host().getHeaderMapPairs(this.direction.headers);
    if ((this.bits & responseBit) !== 0) {
      // Envoy shows those of responses; of requests it has taken them away.
      removeHopByHop(list);
    }
    return this.ofHead().load(list);
  }
}
