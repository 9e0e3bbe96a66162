/**
 * One message (a request or a response) on its way through a policy, as the host has it: the answers to the events of its head, its body
 * and its trailers. Most messages are let go with their head and need nothing of what bodies need, which is in `MessageBody`.
 *
 * Its exchange, its body and its filter say what becomes of it by three verbs: `letHeadGo`, `pass` and `stop`. When that is to happen
 * outside an event of the message, it is `resume` that does it.
 */
import { DataStatus, HeadersStatus, TrailersStatus } from "../abi/constants.js";
import { EditKind } from "../abi/header-edits.js";
import { bareObject } from "../policy/bare-object.js";
import type { Response } from "../policy/response.js";
import { type BodyMessage, Mode } from "./body-message.js";
import { noBytes } from "./bytes.js";
import { currentEvent } from "./current-event.js";
import { FilteredMessage } from "./filtered-message.js";
import {
  contentBit,
  continuePendingBit,
  endedBit,
  endOfStreamBit,
  headBit,
  headOutBit,
  letHeadGoBit,
  modeBits,
  outcomeBits,
  responseBit,
} from "./message-bits.js";
import { MessageBody } from "./message-body.js";
import type { MessageOwner } from "./message-owner.js";

export class GuestMessage extends FilteredMessage implements BodyMessage {
  /** `endOfStream`: it has no body, as far as that is known. */
  static begin(owner: MessageOwner, isResponse: boolean, endOfStream: boolean): GuestMessage {
    const message = bareObject(GuestMessage.prototype);
    message.owner = owner;
    message.bits = (isResponse ? responseBit : 0) | (endOfStream ? endOfStreamBit : 0);
    return message;
  }

  /** One that no filter of this policy wants: it has gone on. */
  static gone(owner: MessageOwner, isResponse: boolean): GuestMessage {
    const message = GuestMessage.begin(owner, isResponse, false);
    message.bits |= Mode.Passed | headOutBit;
    return message;
  }

  override ofBody(): MessageBody {
    this.bits |= contentBit;
    return (this.content ??= new MessageBody(this));
  }

  /** It goes on, or no further, whatever its filter does. */
  get settled(): boolean {
    return (this.bits & modeBits) >= Mode.Passed;
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

  /** The filter has left its stream, and has not ended. */
  get left(): boolean {
    return this.content?.streamed?.leaving === true && this.mode === Mode.Streaming;
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
    const { content, mode, isResponse } = this;
    return content !== undefined && mode < Mode.Stopped && (isResponse ? content.leftBehind : content.bypassed);
  }

  // --- what becomes of it ---

  /** The head goes on while the body is still coming. */
  letHeadGo(): void {
    this.bits |= letHeadGoBit;
  }

  /** The filter has ended and the message goes on: with its changes; or as it came, whatever the filter did to it. */
  pass(asItCame?: true): void {
    if (asItCame === true) {
      this.head?.discardEdits();
      if (this.content?.buffered !== undefined) {
        this.content.buffered.edited = false;
      }
      this.mode = Mode.Head;
    }
    const { bits } = this;
    if ((bits & modeBits) >= Mode.Passed || ((bits & contentBit) !== 0 && this.ofBody().streamed?.goesOn() === true)) {
      return;
    }
    this.bits = (bits & ~modeBits) | Mode.Passed;
    // What the host does not keep back has gone on, or its event is answered.
    if (currentEvent.message !== this && ((bits & headOutBit) === 0 || this.content?.kept === true)) {
      this.resume();
    }
  }

  override stop(): void {
    this.bits = (this.bits & ~modeBits) | Mode.Stopped | endedBit;
    this.content?.stop();
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
      this.ofHead().record(EditKind.Set, "content-length", String(bytes.length));
      this.ofBody().replaceBy(bytes);
    }
    this.bits = (this.bits & ~modeBits) | Mode.Passed;
    if (cutOff) {
      this.continueLater();
    } else if (!this.inEvent) {
      this.resume();
    }
    return true;
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
        this.letGo();
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
    if (this.content?.lastByte !== undefined) {
      // Hosts take no more of a body when its trailers are here.
      this.owner.bodyTooLarge(this.direction);
      return TrailersStatus.StopIteration;
    }
    if (this.mode === Mode.Passed) {
      this.handOver();
      return TrailersStatus.Continue;
    }
    currentEvent.message = this;
    try {
      const answer = this.ofBody().onTrailers();
      if (answer === TrailersStatus.Continue) {
        this.handOver();
      }
      return answer;
    } finally {
      currentEvent.message = undefined;
    }
  }

  // --- going on ---

  /** What may go on does so: in an event of this message when that is over, else now. */
  resume(): void {
    if ((this.bits & continuePendingBit) !== 0) {
      return;
    }
    if (this.inEvent) {
      this.continueLater();
    } else {
      this.bits |= continuePendingBit;
      this.owner.act(() => {
        this.continue();
      });
    }
  }

  /** In a later event of no exchange, unless an event of this message is faster. */
  private continueLater(): void {
    this.bits |= continuePendingBit;
    this.owner.later(() => {
      this.continue();
    });
  }

  /** Outside an event of this message: hands over what was changed and lets the stream go on. */
  private continue(): void {
    if ((this.bits & continuePendingBit) === 0) {
      return;
    }
    const { canHold, onlyOurs, ownBuffers } = this.owner.settings;
    // Outside an event a filter that comes later lets go what an earlier one keeps.
    if (this.mode !== Mode.Stopped && !this.endOfStream && !ownBuffers && this.ofBody().mustWait) {
      // It stays pending until the event that the other filter causes when it lets go, where the host gives one.
      if (!canHold || !onlyOurs) {
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

  /** Hands over what was changed; everything that has come goes on with it. */
  private handOver(): void {
    this.content?.handOver();
    this.letGo();
  }

  private letGo(): void {
    this.headLeaves();
    this.content?.letGo();
  }

  private headLeaves(): void {
    const { bits } = this;
    if ((bits & headOutBit) === 0) {
      this.head?.flush(this.owner.host(), this.direction.headers);
      this.bits = bits | headOutBit;
    }
  }
}
