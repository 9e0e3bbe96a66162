/** A body whose filter takes its bytes as they come: they go on as they came, or what a transform makes of them. */
import { DataStatus } from "../abi/constants.js";
import { EditKind } from "../abi/header-edits.js";
import { SluiceError } from "../errors.js";
import { Mode } from "./body-message.js";
import { describeStream } from "./body-metadata.js";
import { BodyStream, type MessageStream, type StreamListener } from "./body-stream.js";
import { ByteQueue } from "./byte-queue.js";
import { noBytes } from "./bytes.js";
import { isHidden, notEditable, readBody, setBody } from "./host-body.js";
import type { KeptBody } from "./kept-body.js";

export class StreamedBody implements StreamListener {
  /** What has come of it and not gone on. */
  readonly kept: KeptBody;
  readonly stream: MessageStream;
  /** The filter has left the stream: the rest goes on when it awaits something or ends, unless it answers first. */
  leaving: boolean;
  /** By the head; undefined: the end alone tells how long the body is. */
  declare private announced?: number | undefined;
  declare private own?: BodyStream;

  /** `stream`: one that is there already; else the filter's own. */
  constructor(kept: KeptBody, stream?: MessageStream) {
    const { message, complete, copies = new ByteQueue(), place } = kept;
    this.kept = kept;
    this.leaving = false;
    if (stream === undefined) {
      this.own = new BodyStream(message, complete, place === undefined ? copies : copies.copy(), this);
      if (place === undefined) {
        kept.copies = undefined;
      }
    }
    this.stream = stream ?? (this.own as BodyStream);
    kept.stream = this.stream;
  }

  // --- what the filter does ---

  /** The stream, to be read now. @throws SluiceError `STREAM_READ_TWICE` */
  get unread(): BodyStream {
    const own = this.own as BodyStream;
    if (own.opened) {
      throw new SluiceError(
        "STREAM_READ_TWICE",
        `The ${this.kept.message.direction.name}'s body stream was opened already: it can be read once, by for await or by transform().`,
      );
    }
    return own;
  }

  opened(transforming: boolean): void {
    const { kept } = this;
    const { message } = kept;
    const { owner, direction } = message;
    if (message.endOfStream) {
      return;
    }
    if (transforming && kept.endedByTrailers === true && !kept.editable) {
      throw notEditable(message, "transform()");
    }
    if (transforming && kept.size > owner.settings.bodyLimit) {
      owner.bodyTooLarge(direction);
      return;
    }
    const length = owner.host().getHeaderMapValue(direction.headers, "content-length");
    this.announced = length === undefined ? undefined : Number(length);
    // With its head alone an empty body is complete for its receiver.
    if (transforming || this.announced !== 0 || !owner.settings.canHold) {
      kept.letHeadGo();
    }
    if (transforming) {
      // Its output goes on instead.
      kept.copies = undefined;
    }
    if (transforming && !message.headOut) {
      message.ofHead().record(EditKind.Delete, "content-length", "");
      describeStream(message, "transform()");
    }
    message.keepReadable();
  }

  left(): void {
    this.leaving = true;
  }

  /** The consumer has used everything that has come: it may go on. */
  drained(): void {
    const { kept, stream } = this;
    const { message } = kept;
    if (message.inEvent || message.mode === Mode.Stopped || message.endOfStream) {
      return;
    }
    if ((message.headOut && !kept.kept) || this.onlyEndMissing) {
      return;
    }
    // What cannot be replaced now can in the next event of the body.
    if (stream.transforming && !(kept.editable && stream.ready)) {
      return;
    }
    message.resume();
  }

  /** The filter has ended. A transform goes on until its own end; where it failed, and the filter made nothing of that, there is none. */
  goesOn(): boolean {
    const { stream } = this;
    if (!stream.transforming) {
      return false;
    }
    if (stream.failure === undefined) {
      stream.decided = true;
      this.drained();
    } else {
      const { owner, direction } = this.kept.message;
      owner.messageFailed(direction, stream.failure.error);
    }
    return true;
  }

  // --- the host's events ---

  /** More of the body has come, which the filter gets. */
  more(size: number, before: number, accumulated: boolean): DataStatus {
    const { kept, stream } = this;
    const { message } = kept;
    const chunk = accumulated ? readBody(message, before, size - before) : readBody(message, 0, size);
    stream.push(chunk, kept.complete);
    message.owner.runMicrotasks();
    if (message.mode === Mode.Stopped) {
      return kept.drop(size);
    }
    if (kept.stream === undefined) {
      // Another answer has taken its place.
      kept.write(size);
      return DataStatus.Continue;
    }
    if (stream.transforming) {
      return this.passOutput(size, before, accumulated);
    }
    if (message.mode !== Mode.Passed && (!stream.waiting || this.onlyEndMissing)) {
      const tooMuch = kept.isTooMuch(kept.size) && (kept.place === undefined || kept.goesAway(before));
      return stream.waiting && tooMuch && !kept.mustKeep ? kept.passAhead(size, chunk) : kept.keep(size, before, chunk);
    }
    return kept.pass(size, chunk);
  }

  private passOutput(size: number, before: number, accumulated: boolean): DataStatus {
    const { kept, stream } = this;
    const { message, place, away } = kept;
    const { ready } = stream;
    const endMissing = this.onlyEndMissing;
    const tooMuch = endMissing && ready && kept.isTooMuch(stream.byteLength);
    // Envoy loses what is put into an empty chunk, the end that comes by itself, behind what was let go outside an event.
    const lost = size === 0 && stream.byteLength > 0 && place !== undefined;
    if (!ready || (endMissing && !tooMuch) || lost || kept.mustKeep) {
      if (ready && !endMissing) {
        message.resume();
      }
      return place === undefined || (before > 0 && !away)
        ? DataStatus.StopIterationAndBuffer
        : kept.takeAway(size, noBytes);
    }
    if (isHidden(before, accumulated || away)) {
      message.owner.later(() => {
        this.drained();
      });
      return DataStatus.StopIterationAndBuffer;
    }
    const output = stream.takeOutput();
    if (tooMuch) {
      return kept.passAhead(size, output);
    }
    setBody(message, size, output);
    place?.letGo(output, kept.complete);
    return DataStatus.Continue;
  }

  /** The output goes on outside an event of the body. */
  putOutput(): void {
    const { kept, stream } = this;
    if (!kept.editable) {
      throw notEditable(kept.message, "transform()");
    }
    if (kept.bodyKept) {
      const output = stream.takeOutput();
      kept.putBack(output);
      kept.place?.letGo(output, kept.complete);
    } else if (kept.endedByTrailers === true && stream.takeOutput().length > 0) {
      // In the trailers' event, and after it, there is no body that could be added to.
      throw notEditable(kept.message, "transform(): output after the last chunk");
    }
    // What was made before anything of the body has come goes on in its first event.
  }

  /** What came last is kept until the filter knows that it was the last, and has decided. */
  private get onlyEndMissing(): boolean {
    const { kept, stream } = this;
    // With the last byte that its head announces a message is complete for its receiver. Hosts may tell only then that it is the last.
    const last = kept.size > 0 || (this.announced === 0 && !stream.transforming);
    return last && !kept.complete && kept.arrived === this.announced;
  }
}
