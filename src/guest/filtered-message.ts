/**
 * A message as its filter has it: the head to read and change, what it moves on to, and the answer in its place. What the host is answered
 * meanwhile is in `GuestMessage`.
 *
 * QuickJS pays for each field that an object defines: what is true or not is a bit of one number, the rest is only declared,
 * and most messages have two fields.
 */
import { MapType } from "../abi/constants.js";
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
import { Mode } from "./body-message.js";
import { BufferedBody } from "./buffered-body.js";
import { noBytes } from "./bytes.js";
import { type Direction, requestDirection, responseDirection } from "./direction.js";
import {
  closedBits,
  consumedBit,
  endedBit,
  endOfStreamBit,
  headBit,
  headersShownBit,
  headOutBit,
  modeBits,
  responseBit,
  touchedBits,
} from "./message-bits.js";
import type { MessageBody } from "./message-body.js";
import { MessageHead } from "./message-head.js";
import type { MessageOwner } from "./message-owner.js";
import { headGone, headMovedOn, responseMovedOn } from "./moved-on.js";
import type { StreamedBody } from "./streamed-body.js";

export abstract class FilteredMessage implements Message {
  declare owner: MessageOwner;
  /** The mode, and what else is true. */
  declare protected bits: number;
  /** The call after which the state of the head was consumed. */
  declare private consumedBy: string | undefined;
  declare protected head?: MessageHead;
  declare protected content?: MessageBody;

  abstract ofBody(): MessageBody;
  /** The message goes no further; what the filter does to it has no effect. */
  abstract stop(): void;

  get direction(): Direction {
    return (this.bits & responseBit) === 0 ? requestDirection : responseDirection;
  }

  get mode(): Mode {
    return (this.bits & modeBits) as Mode;
  }

  set mode(mode: Mode) {
    this.bits = (this.bits & ~modeBits) | mode;
  }

  get isResponse(): boolean {
    return (this.bits & responseBit) !== 0;
  }

  get bodyOf(): "request" | "response" {
    return this.direction.name;
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
    // The host's map has what the filter is to see of that name: a single value can be asked for.
    const readsHost = !this.headOut && this.head?.list === undefined && this.head?.isEdited(name) !== true;
    return readsHost
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

  // --- the head, for the kit ---

  /** What has been read and changed. The kit's own changes are allowed whatever the filter's state is. */
  ofHead(): MessageHead {
    this.bits |= headBit;
    return (this.head ??= new MessageHead());
  }

  /** Reads the list now, since it may be gone when the head has left. */
  keepReadable(): void {
    if (this.head?.list === undefined) {
      this.load();
    }
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
    const content = this.ofBody();
    return (content.buffered = new BufferedBody(content)).gather(hold, state);
  }

  body(): Uint8Array {
    return this.content?.buffered?.bytes ?? noBytes;
  }

  setBody(call: string, body: string | Uint8Array): void {
    if (this.consumer === "sendResponse()" || this.mode !== Mode.Gathered) {
      throw new SluiceError("STATE_CONSUMED", `${call} after ${this.consumer ?? "the end of the filter"}.`);
    }
    if (this.owner.over !== undefined) {
      throw new SluiceError("EXCHANGE_OVER", `${call} has no effect any more: ${this.owner.over}.`);
    }
    const content = this.ofBody();
    (content.buffered ??= new BufferedBody(content)).replace(call, body);
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
    return (this.ofBody().streamed as StreamedBody).unread.read();
  }

  transformStream(transform: BodyTransform): Promise<void> {
    return (this.ofBody().streamed as StreamedBody).unread.transform(transform);
  }

  trailers(): ReadonlyHeaders | undefined {
    return this.content?.trailers;
  }

  sendResponse(response: Response): void {
    if (this.consumer !== undefined || this.mode !== Mode.Head) {
      throw responseMovedOn(this.consumer);
    }
    this.owner.sendResponse(response);
    this.bits |= consumedBit;
    this.consumedBy = "sendResponse()";
    this.stop();
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
      this.bits |= consumedBit;
      this.consumedBy = call;
    }
    return undefined;
  }
}
