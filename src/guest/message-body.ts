/**
 * The body and the trailers of a message, and what its filter makes of them: a whole (`BufferedBody`) or a stream (`StreamedBody`). Made for
 * messages whose filter asks for the body, or still awaits something when it comes.
 */
import { DataStatus, TrailersStatus } from "../abi/constants.js";
import { FixedHeaders } from "../policy/headers.js";
import { Mode } from "./body-message.js";
import type { MessageStream } from "./body-stream.js";
import { BufferedBody } from "./buffered-body.js";
import { ByteQueue } from "./byte-queue.js";
import { noBytes } from "./bytes.js";
import { bypassedError, Kept } from "./chain-place.js";
import { maxBytes, notEditable, readBody } from "./host-body.js";
import { KeptBody } from "./kept-body.js";
import { StreamedBody } from "./streamed-body.js";

export class MessageBody extends KeptBody {
  /** The filter has asked for the whole of it, or it is another answer's. */
  declare buffered?: BufferedBody;
  declare streamed?: StreamedBody | undefined;
  /** It is another answer's, by `replaceBy`. */
  declare private replaced?: true;
  /** The host shows with the next chunk what lies before it in the buffer. */
  declare private shown?: boolean;

  // --- what the filter asks for ---

  /** `stream`: what the bytes are taken through, where that is not the filter's own loop. */
  openStream(stream?: MessageStream): StreamedBody {
    this.message.mode = Mode.Streaming;
    return (this.streamed = new StreamedBody(this, stream));
  }

  // --- the filter's end ---

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
    this.lastByte = undefined;
    if (this.buffered !== undefined) {
      this.buffered.waiter = undefined;
    }
    this.stream?.stop();
  }

  // --- the host's events ---

  onBody(shown: number, endOfStream: boolean): DataStatus {
    const { message, buffered, streamed, size: before } = this;
    const { mode } = message;
    const size = this.shown === true ? this.withoutAhead(shown) : shown;
    if (this.lastByte !== undefined) {
      this.goesFirst(this.lastByte);
      this.lastByte = undefined;
    }
    let answer: DataStatus;
    if (mode === Mode.Passed) {
      answer = buffered?.replacing === true ? buffered.replaceNext(size) : this.pass(size);
    } else {
      const accumulated = this.lastAnswer === DataStatus.StopIterationAndBuffer && !this.away;
      this.size = accumulated ? size : before + size;
      this.arrived += this.size - before;
      if (endOfStream) {
        this.complete = true;
      }
      this.editable = true;
      if (mode === Mode.Head) {
        answer = this.keep(size, before, readBody(message, 0, size));
      } else {
        const use = mode === Mode.Streaming ? streamed : buffered;
        answer = (use as StreamedBody | BufferedBody).more(size, before, accumulated);
      }
    }
    this.shown = answer === DataStatus.StopIterationAndBuffer;
    if (answer !== DataStatus.Continue) {
      this.lastAnswer = answer;
      if (this.replaced === true && message.mode === Mode.Passed) {
        message.resume();
      }
    }
    return answer;
  }

  /** The size of this event's chunk, where others hold what went on before it. */
  private withoutAhead(size: number): number {
    const ahead = this.place?.takeBack();
    if (ahead === undefined) {
      return size;
    }
    this.goesFirst(ahead);
    return size - ahead.length;
  }

  /** What the host has nothing of goes on before what it shows now. */
  private goesFirst(bytes: Uint8Array): void {
    if (this.stream?.transforming === true && this.message.mode !== Mode.Passed) {
      this.stream.takeBack(bytes);
    } else {
      (this.copies ??= new ByteQueue()).unshift(bytes);
      this.away = true;
    }
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
      const lies = this.lastAnswer === DataStatus.StopIterationAndBuffer && !this.away;
      const bytes = lies ? readBody(message, 0, maxBytes) : (this.copies?.bytes() ?? noBytes);
      (this.buffered as BufferedBody).gathered(bytes);
    } else if (this.editable) {
      stream?.end();
    } else {
      stream?.endFixed(notEditable(message, "transform()"));
    }
    owner.runMicrotasks();
    if (message.mode === Mode.Stopped) {
      return TrailersStatus.StopIteration;
    }
    if (stream?.transforming === true ? !stream.ready : message.mode !== Mode.Passed) {
      this.trailersHeld = true;
      return TrailersStatus.StopIteration;
    }
    return TrailersStatus.Continue;
  }

  // --- letting go ---

  /** What was changed becomes the host's, with everything that has come. */
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
  }

  override write(size: number): void {
    if (this.buffered === undefined) {
      this.passKept();
    } else {
      this.buffered.write(size);
    }
  }
}
