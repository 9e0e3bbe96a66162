/**
 * The body and the trailers of a message, and what its filter makes of them: a whole (`BufferedBody`) or a stream (`StreamedBody`). Made for
 * messages whose filter asks for the body, or still awaits something when it comes.
 */
import { DataStatus, TrailersStatus } from "../abi/constants.js";
import { FixedHeaders } from "../policy/headers.js";
import type { GatheredState } from "../policy/message.js";
import { Mode } from "./body-message.js";
import type { BodyStream, MessageStream } from "./body-stream.js";
import { BufferedBody } from "./buffered-body.js";
import { ByteQueue } from "./byte-queue.js";
import { noBytes } from "./bytes.js";
import { bypassedError, Kept } from "./chain-place.js";
import { readBody } from "./host-body.js";
import { KeptBody } from "./kept-body.js";
import { StreamedBody } from "./streamed-body.js";

export class MessageBody extends KeptBody {
  /** The filter has asked for the whole of it, or it is another answer's. */
  declare private buffered?: BufferedBody;
  declare private streamed?: StreamedBody | undefined;
  /** It is another answer's, by `replaceBy`. */
  declare private replaced?: true;
  /** The host shows with the next chunk what lies before it in the buffer. */
  declare private shown?: boolean;

  // --- what the filter asks for ---

  /** `hold`: the head stays until the filter ends. */
  gather<State>(hold: boolean, state: GatheredState<State>): Promise<State> {
    return (this.buffered = new BufferedBody(this)).gather(hold, state);
  }

  /** `stream`: what the bytes are taken through, where that is not the filter's own loop. */
  openStream(stream?: MessageStream): StreamedBody {
    this.message.mode = Mode.Streaming;
    return (this.streamed = new StreamedBody(this, stream));
  }

  /** As gathered, or last set. */
  get bytes(): Uint8Array {
    return this.buffered?.bytes ?? noBytes;
  }

  /** See `BufferedBody.replace`. */
  replace(call: string, body: string | Uint8Array): void {
    (this.buffered ??= new BufferedBody(this)).replace(call, body);
  }

  /** See `StreamedBody.unread`. */
  get unreadStream(): BodyStream {
    return (this.streamed as StreamedBody).unread;
  }

  // --- the filter's end ---

  /** The filter has left its stream, and has not ended. */
  get leaving(): boolean {
    return this.streamed?.leaving === true;
  }

  /** The filter has ended, and the message goes on to the end of a transform. */
  goesOnTransforming(): boolean {
    return this.streamed?.goesOn() === true;
  }

  discardEdits(): void {
    this.buffered?.discardEdits();
  }

  /** The body, of which nothing has gone on, can be replaced as a whole, now or as it comes. */
  get replaceable(): boolean {
    return this.stream?.opened !== true && (this.message.inEvent || this.editable);
  }

  /** Replaces the body of an answer of this policy, whatever its filter wanted of it. */
  replaceBy(bytes: Uint8Array): void {
    this.stream = undefined;
    this.streamed = undefined;
    this.copies = undefined;
    this.replaced = true;
    (this.buffered ??= new BufferedBody(this)).replaceBy(bytes);
  }

  stop(): void {
    this.copies = undefined;
    this.buffered?.stop();
    this.stream?.stop();
  }

  // --- the host's events ---

  onBody(shown: number, endOfStream: boolean): DataStatus {
    const { message } = this;
    const size = this.withoutAhead(shown);
    const answer = message.mode === Mode.Passed ? this.passMore(size) : this.takeMore(size, endOfStream);
    this.shown = answer === DataStatus.StopIterationAndBuffer;
    if (answer !== DataStatus.Continue) {
      this.lastAnswer = answer;
      if (this.replaced === true && message.mode === Mode.Passed) {
        message.continueLater();
      }
    }
    return answer;
  }

  /** The size of this event's chunk, where others hold what went on before it. */
  private withoutAhead(size: number): number {
    const ahead = this.shown === true ? this.place?.takeBack() : undefined;
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

  /** The filter has ended, and all goes on. */
  private passMore(size: number): DataStatus {
    const { buffered } = this;
    if (buffered?.replacing === true) {
      buffered.replaceNext(size);
      return DataStatus.Continue;
    }
    return this.pass(size);
  }

  /** The filter has not ended. */
  private takeMore(size: number, endOfStream: boolean): DataStatus {
    const { message, size: before } = this;
    const { mode } = message;
    const accumulated = this.lastAnswer === DataStatus.StopIterationAndBuffer && !this.away;
    this.size = accumulated ? size : before + size;
    this.arrived += this.size - before;
    if (endOfStream) {
      this.complete = true;
    }
    this.editable = true;
    if (mode === Mode.Head) {
      return this.keep(size, before, readBody(message, 0, size));
    }
    return mode === Mode.Streaming
      ? this.streamMore(this.streamed as StreamedBody, size, before, accumulated)
      : (this.buffered as BufferedBody).more(size, before, accumulated);
  }

  private streamMore(streamed: StreamedBody, size: number, before: number, accumulated: boolean): DataStatus {
    const { message } = this;
    const chunk = streamed.take(size, before, accumulated);
    message.owner.runMicrotasks();
    if (message.mode === Mode.Stopped) {
      return this.drop(size);
    }
    if (this.replaced === true) {
      this.write(size);
      return DataStatus.Continue;
    }
    return streamed.answer(size, before, accumulated, chunk);
  }

  onTrailers(): TrailersStatus {
    const { message } = this;
    const { owner, direction } = message;
    this.complete = true;
    this.endedByTrailers = true;
    this.endedWithoutBody = this.arrived === 0 && !this.bodyKept;
    this.trailers = new FixedHeaders(owner.host().getHeaderMapPairs(direction.trailers));
    this.place?.tell(Kept.Trailers);
    const { stream } = this;
    if (message.mode === Mode.Gathering) {
      (this.buffered as BufferedBody).end();
    } else {
      this.streamed?.end();
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

  // --- letting go ---

  /** Hands over what was changed; everything that has come goes on with it. */
  handOver(): void {
    if (this.bypassed) {
      throw bypassedError(this.message.direction.name);
    }
    const { streamed } = this;
    if (streamed?.stream.transforming === true) {
      streamed.putOutput();
    } else {
      this.write(this.size);
    }
    this.letGo();
  }

  private write(size: number): void {
    if (this.buffered === undefined) {
      this.passKept();
    } else {
      this.buffered.write(size);
    }
  }
}
