/** A body as a whole: waited for, given to the filter, and changed by it or replaced by another one. */
import { DataStatus } from "../abi/constants.js";
import { EditKind } from "../abi/header-edits.js";
import { KitPromise } from "../policy/kit-promise.js";
import type { GatheredState } from "../policy/message.js";
import { Mode } from "./body-message.js";
import { describeReplacement } from "./body-metadata.js";
import { ByteQueue } from "./byte-queue.js";
import { noBytes } from "./bytes.js";
import { isHidden, maxBytes, notEditable, readBody, setBody } from "./host-body.js";
import type { KeptBody } from "./kept-body.js";
import { announceLength, newBody } from "./new-body.js";

/** The filter, which waits for the body. */
interface Waiter {
  readonly promise: KitPromise<unknown>;
  readonly state: GatheredState<unknown>;
}

export class BufferedBody {
  /** The body as gathered, or last set. */
  bytes: Uint8Array;
  private readonly kept: KeptBody;
  waiter: Waiter | undefined;
  /** `bytes` are to go on instead of what came. */
  edited: boolean;
  /** What was set is not sent. */
  declare private dropped?: boolean;
  /** What is still to come of the body is replaced by `bytes`. */
  declare replacing?: boolean;

  constructor(kept: KeptBody) {
    this.bytes = noBytes;
    this.kept = kept;
    this.waiter = undefined;
    this.edited = false;
  }

  // --- for the filter ---

  /** `hold`: the head stays until the filter ends. */
  gather<State>(hold: boolean, state: GatheredState<State>): Promise<State> {
    const { kept } = this;
    const { message } = kept;
    const { owner, direction } = message;
    message.mode = Mode.Gathering;
    const promise = new KitPromise<State>();
    this.waiter = { promise, state };
    if (kept.size > owner.settings.bodyLimit) {
      owner.bodyTooLarge(direction);
    } else if (kept.complete) {
      this.gathered(kept.copies?.bytes() ?? noBytes);
    } else {
      if (!hold && kept.size === 0) {
        // The head goes on before the body is known; its length is then unknown, too.
        kept.letHeadGo();
        const head = message.ofHead();
        head.record(EditKind.Delete, "content-length", "");
        head.rememberEdits();
        message.keepReadable();
        if (!message.inEvent) {
          message.resume();
        }
      }
      owner.bodyWaitChanged(direction);
    }
    return promise;
  }

  /** @throws SluiceError `NO_BODY`, `BODY_NOT_EDITABLE`, `BODY_METADATA`, `RESPONSE_BODY`, `SET_BODY_TOO_LARGE` */
  replace(call: string, body: string | Uint8Array): void {
    const { kept } = this;
    const { message } = kept;
    const { containsBody, contentForbidden } = message;
    const bytes = newBody(message, call, body);
    if (containsBody && kept.endedByTrailers === true && !kept.editable) {
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

  /** Replaces the body of an answer of this policy, whatever its filter wanted of it. */
  replaceBy(bytes: Uint8Array): void {
    const { complete } = this.kept;
    this.waiter = undefined;
    this.bytes = bytes;
    this.dropped = false;
    this.edited = complete;
    this.replacing = !complete;
  }

  // --- the host's events ---

  /** More of the body has come. */
  more(size: number, before: number, accumulated: boolean): DataStatus {
    const { kept } = this;
    const { message } = kept;
    const { owner } = message;
    if (kept.size > owner.settings.bodyLimit) {
      owner.bodyTooLarge(message.direction);
      return kept.away ? kept.drop(size) : DataStatus.StopIterationAndBuffer;
    }
    const hidden = isHidden(before, accumulated || kept.away);
    const away = kept.away || (before === 0 && kept.place?.mayLieInBuffer(message.headOut, kept.stream) === false);
    if (away || kept.complete) {
      const visible = readBody(message, 0, size);
      if (!hidden && !away) {
        kept.copies = undefined;
      }
      (kept.copies ??= new ByteQueue()).push(visible);
    }
    if (kept.complete) {
      kept.away = away;
      this.gathered(kept.copies?.bytes() ?? noBytes);
      owner.runMicrotasks();
    }
    if (!kept.complete || message.mode !== Mode.Passed) {
      return away ? kept.takeAway(size) : DataStatus.StopIterationAndBuffer;
    }
    if (hidden && this.edited) {
      message.resume();
      return DataStatus.StopIterationAndBuffer;
    }
    this.write(size);
    return DataStatus.Continue;
  }

  /** All of it is here. */
  gathered(bytes: Uint8Array): void {
    const { kept } = this;
    const { message, trailers } = kept;
    const waiter = this.waiter as Waiter;
    this.waiter = undefined;
    if (!kept.away) {
      kept.copies = undefined;
    }
    this.bytes = bytes;
    message.mode = Mode.Gathered;
    message.owner.bodyWaitChanged(message.direction);
    waiter.promise.resolve(new waiter.state(message, trailers));
  }

  // --- letting go ---

  /** Everything that has come is to go on, with what was made of it. */
  write(size: number): void {
    const { kept } = this;
    const { message, away } = kept;
    if (this.replacing === true) {
      if (size > 0) {
        this.replaceNext(away ? maxBytes : size);
      }
      return;
    }
    if (!this.edited) {
      kept.passKept();
      return;
    }
    this.edited = false;
    const body = this.dropped === true ? noBytes : this.bytes;
    if (!message.headOut) {
      announceLength(message, kept.endedByTrailers === true || this.dropped === true ? undefined : body.length);
    }
    setBody(message, away ? maxBytes : size, body);
  }

  /** A piece of a body that is replaced goes on; the first one is all there will be. */
  replaceNext(size: number): DataStatus {
    setBody(this.kept.message, size, this.bytes);
    this.bytes = noBytes;
    return DataStatus.Continue;
  }
}
