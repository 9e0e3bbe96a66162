import { DataStatus, HeadersStatus, TrailersStatus } from "../abi/constants.js";
import { firstValue } from "../abi/header-list.js";
import type { HeaderList } from "../abi/port.js";
import { BodyBuffer } from "./body-buffer.js";

/** What a filter keeps back of a body. */
interface Hold {
  readonly body: BodyBuffer;
  /** The data status that the filter answered; 0 when it has not seen the bytes, because it stopped everything. */
  status: number;
  endOfStream: boolean;
  overLimit: boolean;
}

const emptyChunk = new Uint8Array(0);

/**
 * The rules of a chain: one message on its way through the filters, from a source to a sink; where its head is, what each filter keeps
 * back, and when the source has to pause. Positions count the filters in the message's direction. The rules are those of Envoy's
 * filter manager; how events reach a filter, what source and sink are, and who has the head is up to those who extend this: the gateway's
 * chain, whose filters are guests, and the chain of the policies in one guest.
 */
export abstract class MessagePath {
  headers: HeaderList | undefined = undefined;
  trailers: HeaderList | undefined = undefined;
  /** The head ended the message. */
  endOfStream = false;
  /** The source has given everything. */
  sourceEnded = false;
  /** The head has left the last filter. */
  headSent = false;
  /** The sink has got everything. */
  complete = false;
  /** Nothing moves on this path any more; what the source still gives is dropped. */
  stopped = false;
  /** The guest asked to continue inside the event that is running, which outweighs the status it returns. */
  resumed = false;
  /** Bytes of body that the sink has got. */
  bytesSent = 0;

  /** How many filters the message passes. */
  protected length = 0;
  private headPosition = 0;
  private headStop: number = HeadersStatus.Continue;
  private trailersPosition = 0;
  /** How many filters have seen the trailers. */
  private trailersSeen = 0;
  private holds: (Hold | undefined)[] | undefined = undefined;
  private holdsOverLimit = 0;
  private eventPosition = -1;
  private eventBody: BodyBuffer | undefined = undefined;
  private sinkFull = false;
  private paused = false;
  private declaredLength = -1;

  /** `bodyLimit`: the source pauses while a filter keeps back more bytes than this. */
  constructor(private readonly bodyLimit: number) {}

  protected abstract deliverHead(position: number, headers: HeaderList, endOfStream: boolean): number;
  protected abstract deliverBody(position: number, size: number, endOfStream: boolean): number;
  protected abstract deliverTrailers(position: number, trailers: HeaderList): number;
  protected abstract onHeadHeld(status: number): void;
  /** Whether the filter at this position has asked to go on outside an event, and that has not been done yet; then it is now. */
  protected abstract takeResumption(position: number): boolean;
  protected abstract sendHead(headers: HeaderList, endOfStream: boolean): void;
  /** false: the sink is full. */
  protected abstract sendData(chunk: Uint8Array, endOfStream: boolean): boolean;
  protected abstract sendTrailers(trailers: HeaderList): void;
  protected abstract onComplete(): void;
  /** The body is not as long as the content-length that has been sent. */
  protected abstract onLengthMismatch(): void;
  protected abstract pauseSource(): void;
  protected abstract resumeSource(): void;

  /** The head enters. */
  start(headers: HeaderList, endOfStream: boolean): void {
    this.headers = headers;
    this.endOfStream = endOfStream;
    this.sourceEnded = endOfStream;
    this.advanceHead();
  }

  /** The head has come to the filter at this position, which has answered with this status; all before it have let it go. */
  startAt(position: number, status: number, headers: HeaderList, endOfStream: boolean): void {
    this.headers = headers;
    this.endOfStream = endOfStream;
    this.sourceEnded = endOfStream;
    this.headPosition = position;
    if (!this.holdsHead(status)) {
      this.advanceHead();
    }
  }

  /** A chunk enters. */
  data(chunk: Uint8Array, endOfStream: boolean): void {
    if (this.stopped || this.sourceEnded || (chunk.length === 0 && !endOfStream)) {
      return;
    }
    this.sourceEnded = endOfStream;
    this.pushData(0, new BodyBuffer(chunk), endOfStream);
  }

  /** The trailers enter. */
  end(trailers: HeaderList): void {
    if (this.stopped || this.sourceEnded) {
      return;
    }
    this.sourceEnded = true;
    this.trailers = trailers;
    this.advanceTrailers();
  }

  /** Lets go on what the filter at this position has stopped. Nothing happens where nothing is stopped. */
  resume(position: number): void {
    if (this.stopped) {
      return;
    }
    const sawNothing = position === this.headPosition && this.headStop === HeadersStatus.StopAllIterationAndWatermark;
    const hold = this.takeHold(position);
    this.releaseHead(position);
    if (hold !== undefined && !this.stopped) {
      this.pushData(sawNothing ? position : position + 1, hold.body, hold.endOfStream);
    }
    if (this.trailers !== undefined && this.trailersPosition === position && !this.stopped) {
      if (this.trailersSeen > position) {
        this.trailersPosition++;
      }
      this.advanceTrailers();
    }
  }

  /** Stops the path for good. */
  stop(): void {
    this.stopped = true;
    this.holds = undefined;
    this.holdsOverLimit = 0;
  }

  /** From now on the message goes to the sink past all filters. */
  bypass(): void {
    this.holds = undefined;
    this.holdsOverLimit = 0;
    this.length = 0;
    this.headPosition = 0;
    this.headStop = HeadersStatus.Continue;
    this.trailersPosition = 0;
    this.trailers = undefined;
    this.sourceEnded = false;
  }

  /** Whether the sink takes more. */
  setSinkFull(full: boolean): void {
    this.sinkFull = full;
  }

  /** Pauses or resumes the source as the state demands. Sources may answer at once, so this comes last in a turn. */
  settle(): void {
    const pause = !this.stopped && (this.sinkFull || this.holdsOverLimit > 0) && !this.sourceEnded;
    if (pause !== this.paused) {
      this.paused = pause;
      if (pause) {
        this.pauseSource();
      } else {
        this.resumeSource();
      }
    }
  }

  /** Whether the filter at this position has seen the head. */
  isHeadVisible(position: number): boolean {
    return this.headers !== undefined && this.headPosition >= position;
  }

  /** Whether the filter at this position has the head now. */
  isHeadEditable(position: number): boolean {
    return this.headers !== undefined && this.headPosition === position && !this.headSent && !this.stopped;
  }

  /** Whether the filter at this position keeps something back: the head, a part of the body, or the trailers. */
  isHolding(position: number): boolean {
    const head = position === this.headPosition && this.headStop !== HeadersStatus.Continue;
    const trailers = position === this.trailersPosition && this.trailersSeen > position;
    return head || trailers || this.holds?.[position] !== undefined;
  }

  /** Everything that has come has left the last filter. */
  get keepsNothing(): boolean {
    return (
      this.headStop === HeadersStatus.Continue &&
      (this.trailers === undefined || this.complete) &&
      this.holds?.some((hold) => hold !== undefined) !== true
    );
  }

  /** Bytes that filters keep back. */
  get bytesKept(): number {
    return this.holds?.reduce((bytes, hold) => bytes + (hold?.body.length ?? 0), 0) ?? 0;
  }

  /** The first filter that holds something and waits for no more of the message; -1 where there is none. */
  get heldPosition(): number {
    for (let position = 0; position < this.length && !this.stopped; position++) {
      if (this.isHolding(position) && !this.isFed(position)) {
        return position;
      }
    }
    return -1;
  }

  areTrailersVisible(position: number): boolean {
    return this.trailers !== undefined && this.trailersSeen > position;
  }

  areTrailersEditable(position: number): boolean {
    return this.areTrailersVisible(position) && this.trailersPosition === position && !this.stopped;
  }

  /** The body buffer that the filter at this position may read and set now. */
  visibleBody(position: number): BodyBuffer | undefined {
    if (position === this.eventPosition) {
      return this.eventBody;
    }
    const hold = this.holds?.[position];
    return hold?.status === DataStatus.StopIterationAndBuffer ? hold.body : undefined;
  }

  /** To be called when a visible body was set. */
  onBodySet(position: number): void {
    const hold = this.holds?.[position];
    if (hold !== undefined) {
      this.measure(hold);
    }
  }

  /** Whether more of the message can come to the filter at this position. */
  private isFed(position: number): boolean {
    const takesNothing = position === this.headPosition && this.headStop === HeadersStatus.StopAllIterationAndWatermark;
    return !this.sourceEnded && !takesNothing && this.holds?.[position]?.overLimit !== true;
  }

  private advanceHead(): void {
    while (this.headPosition < this.length) {
      this.resumed = false;
      const status = this.deliverHead(this.headPosition, this.headers as HeaderList, this.endOfStream);
      if (this.stopped) {
        return;
      }
      if (this.holdsHead(this.resumed ? HeadersStatus.Continue : status)) {
        return;
      }
    }
    this.headSent = true;
    this.declaredLength = this.endOfStream ? -1 : declaredLength(this.headers as HeaderList);
    this.sendHead(this.headers as HeaderList, this.endOfStream);
    if (this.endOfStream && !this.stopped) {
      this.complete = true;
      this.onComplete();
    }
  }

  /** The filter at the head has answered. */
  private holdsHead(status: number): boolean {
    if (isHeadersStop(status)) {
      this.headStop = status;
      this.onHeadHeld(status);
      return true;
    }
    this.headPosition++;
    return false;
  }

  private pushData(from: number, body: BodyBuffer, endOfStream: boolean): void {
    let current = body;
    for (let position = from; position < this.length; position++) {
      if (position === this.headPosition && this.headStop === HeadersStatus.StopAllIterationAndWatermark) {
        this.keep(position, current, endOfStream, DataStatus.Continue);
        return;
      }
      // The filter has let go of what it kept back: this is not a part of it.
      if (this.takeResumption(position)) {
        this.resume(position);
        if (this.stopped) {
          return;
        }
      }
      const hold = this.holds?.[position];
      const gathered = hold?.status === DataStatus.StopIterationAndBuffer;
      if (gathered) {
        hold.body.append(current);
        current = hold.body;
      }
      const status = this.deliverChunk(position, current, endOfStream);
      if (this.stopped) {
        return;
      }
      if (isDataStop(status)) {
        const nothingNew = gathered || status === DataStatus.StopIterationNoBuffer;
        this.keep(position, nothingNew ? undefined : current, endOfStream, status);
        return;
      }
      if (hold !== undefined) {
        if (!gathered) {
          hold.body.append(current);
        }
        current = hold.body;
        this.takeHold(position);
      }
      this.releaseHead(position);
      if (this.stopped) {
        return;
      }
    }
    this.emit(current, endOfStream);
  }

  private deliverChunk(position: number, body: BodyBuffer, endOfStream: boolean): number {
    this.eventPosition = position;
    this.eventBody = body;
    this.resumed = false;
    const status = this.deliverBody(position, body.length, endOfStream);
    this.eventPosition = -1;
    this.eventBody = undefined;
    return this.resumed ? DataStatus.Continue : status;
  }

  private advanceTrailers(): void {
    while (this.trailersPosition < this.length) {
      const position = this.trailersPosition;
      if (position === this.headPosition && this.headStop === HeadersStatus.StopAllIterationAndWatermark) {
        return;
      }
      if (this.takeResumption(position)) {
        // Goes on with the trailers, too.
        this.resume(position);
        return;
      }
      this.trailersSeen = position + 1;
      this.resumed = false;
      const status = this.deliverTrailers(position, this.trailers as HeaderList);
      if (this.stopped || (status === TrailersStatus.StopIteration && !this.resumed)) {
        return;
      }
      const hold = this.takeHold(position);
      this.releaseHead(position);
      if (hold !== undefined && !this.stopped) {
        this.pushData(position + 1, hold.body, false);
      }
      if (this.stopped) {
        return;
      }
      this.trailersPosition++;
    }
    if (this.declaredLength >= 0 && this.bytesSent !== this.declaredLength) {
      this.onLengthMismatch();
      return;
    }
    this.sendTrailers(this.trailers as HeaderList);
    this.complete = true;
    this.onComplete();
  }

  /** The head goes on if the filter at this position holds it. */
  private releaseHead(position: number): void {
    if (position === this.headPosition && this.headStop !== HeadersStatus.Continue) {
      this.headStop = HeadersStatus.Continue;
      this.headPosition++;
      this.advanceHead();
    }
  }

  private emit(body: BodyBuffer, endOfStream: boolean): void {
    const { chunks, length } = body;
    this.bytesSent += length;
    const declared = this.declaredLength;
    if (declared >= 0 && (this.bytesSent > declared || (endOfStream && this.bytesSent < declared))) {
      this.onLengthMismatch();
      return;
    }
    for (let index = 0; index < chunks.length && !this.stopped; index++) {
      const last = endOfStream && index === chunks.length - 1;
      if (!this.sendData(chunks[index] as Uint8Array, last)) {
        this.sinkFull = true;
      }
    }
    if (endOfStream && !this.stopped) {
      if (chunks.length === 0) {
        this.sendData(emptyChunk, true);
      }
      this.complete = true;
      this.onComplete();
    }
  }

  /** Keeps bytes back at a filter; `undefined` where they are in its hold already, or dropped. */
  private keep(position: number, body: BodyBuffer | undefined, endOfStream: boolean, status: number): void {
    this.holds ??= new Array<undefined>(this.length).fill(undefined);
    let hold = this.holds[position];
    if (hold === undefined) {
      hold = { body: new BodyBuffer(), status, endOfStream, overLimit: false };
      this.holds[position] = hold;
    }
    if (body !== undefined) {
      hold.body.append(body);
    }
    hold.status = status;
    hold.endOfStream = endOfStream;
    this.measure(hold);
  }

  private takeHold(position: number): Hold | undefined {
    const hold = this.holds?.[position];
    if (hold !== undefined && this.holds !== undefined) {
      this.holds[position] = undefined;
      if (hold.overLimit) {
        this.holdsOverLimit--;
      }
    }
    return hold;
  }

  private measure(hold: Hold): void {
    const overLimit = hold.body.length > this.bodyLimit;
    if (overLimit !== hold.overLimit) {
      hold.overLimit = overLimit;
      this.holdsOverLimit += overLimit ? 1 : -1;
    }
  }
}

/** Statuses that the chain does not know pass the message on, as in Envoy. */
function isHeadersStop(status: number): boolean {
  return status === HeadersStatus.StopIteration || status === HeadersStatus.StopAllIterationAndWatermark;
}

function isDataStop(status: number): boolean {
  return status >= DataStatus.StopIterationAndBuffer && status <= DataStatus.StopIterationNoBuffer;
}

function declaredLength(headers: HeaderList): number {
  const value = firstValue(headers, "content-length");
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : -1;
}
