/**
 * A message of a chain as the host sees it: that of one filter. It speaks the host's protocol as the message of a policy does which reads its
 * body as a stream and, from the first policy on that gathers or replaces what there is, replaces it chunk by chunk; what comes out is the
 * chain's.
 */
import type { DataStatus, HeadersStatus, TrailersStatus } from "../../abi/constants.js";
import type { Response } from "../../policy/response.js";
import { Mode } from "../body-message.js";
import type { MessageStream } from "../body-stream.js";
import { noBytes } from "../bytes.js";
import { GuestMessage } from "../guest-message.js";
import type { MessageOwner } from "../message-owner.js";
import type { StreamedBody } from "../streamed-body.js";
import type { ChainPath } from "./chain-path.js";

/** The chain that the message belongs to. */
export interface CarryingChain extends MessageOwner {
  /** Takes a step of a path; what policies ask for meanwhile is done when it is over. */
  turn(step: () => void): void;
  /** The policy at this place has replaced what the host does not let be replaced any more. */
  replacedTooLate(message: CarriedMessage, index: number, error: unknown): void;
  /** All policies let the rest of the message pass, whatever comes. */
  allPass(message: CarriedMessage): boolean;
}

export class CarriedMessage {
  readonly path: ChainPath;
  readonly isResponse: boolean;
  private readonly chain: CarryingChain;
  private readonly message: GuestMessage;
  private body: StreamedBody | undefined;
  private stream: PathStream | undefined;
  private transforming: boolean;
  /** The place of the policy that has put something else in the place of what came. */
  private replacedBy: number | undefined;

  /** `transforming`: what comes out may be something else than what came; see `replaces`. */
  constructor(chain: CarryingChain, path: ChainPath, isResponse: boolean, transforming: boolean) {
    this.chain = chain;
    this.path = path;
    this.isResponse = isResponse;
    this.transforming = transforming;
    this.message = GuestMessage.begin(chain, isResponse, false);
  }

  /** The event of its head: `step` brings it on its way. */
  onHeaders(endOfStream: boolean, step: () => void): HeadersStatus {
    const { message, path } = this;
    message.headEventBegins(endOfStream);
    if (!endOfStream) {
      this.stream = new PathStream(this.chain, path, this.transforming);
      this.body = message.ofBody().openStream(this.stream);
    }
    this.chain.turn(step);
    return message.headEventEnds();
  }

  /** The same where a body follows that is none: nothing of it goes on. */
  onPlaceholder(step: () => void): HeadersStatus {
    const { message } = this;
    message.headEventBegins(false);
    message.ofBody().replaceBy(noBytes);
    this.chain.turn(step);
    return message.headEventEnds();
  }

  onBody(size: number, endOfStream: boolean): DataStatus {
    return this.message.onBody(size, endOfStream);
  }

  onTrailers(): TrailersStatus {
    return this.message.onTrailers();
  }

  /** A policy may put something else in the place of what has come. */
  mayReplace(): void {
    this.transforming = true;
    this.stream?.mayReplace();
  }

  /** The policy of this exchange does. */
  replaces(exchange: number): void {
    this.replacedBy = exchange;
    this.mayReplace();
  }

  /** A turn is over: lets go what may go on, or says that it may where the host waits for an answer. */
  settle(): void {
    const { message, path, body } = this;
    if (message.settled || path.stopped || (this.transforming && this.refusesKept()) || !path.ready) {
      return;
    }
    const { replacedBy } = this;
    if (replacedBy !== undefined && this.stream?.fixed !== undefined) {
      this.chain.replacedTooLate(this, replacedBy, this.stream.fixed);
      return;
    }
    const passes = !path.complete && this.chain.allPass(this);
    if (body === undefined || path.complete || (passes && !this.transforming)) {
      message.pass();
    } else if (passes && message.headOut && !body.kept.kept) {
      message.mode = Mode.Passed;
    } else {
      body.kept.letHeadGo();
      body.drained();
    }
  }

  /** What is kept with backpressure is to go on replaced, which takes another event: above their limit hosts give none. true: it is too large. */
  private refusesKept(): boolean {
    const { body, chain, message } = this;
    const kept = body?.kept;
    const tooLarge = kept !== undefined && !kept.editable && kept.endedByTrailers !== true && kept.isTooMuch(kept.size);
    if (tooLarge) {
      chain.bodyTooLarge(message.direction);
    }
    return tooLarge;
  }

  /** Nothing goes on any more. */
  stop(): void {
    this.path.stop();
    this.message.stop();
  }

  /** Another answer takes the place of the one that is on its way, past all policies. false: it is too late. */
  replaceBy(answer: Response): boolean {
    this.path.stop();
    return this.message.replaceBy(answer, false);
  }

  /** A filter of others has let the message end without what is kept here; of a response that shows at the end of its exchange. */
  get bypassed(): boolean {
    return this.message.bypassed;
  }
}

/** The path as the stream that the body is taken through. */
class PathStream implements MessageStream {
  readonly opened = false;
  transforming: boolean;
  readonly failure = undefined;
  readonly blocksHead = false;
  decided = false;
  /** Why what has come can only go on as it is. */
  fixed: unknown;
  private readonly chain: CarryingChain;
  private readonly path: ChainPath;

  constructor(chain: CarryingChain, path: ChainPath, transforming: boolean) {
    this.chain = chain;
    this.path = path;
    this.transforming = transforming;
  }

  get waiting(): boolean {
    return this.path.ready;
  }

  get ready(): boolean {
    return this.path.ready;
  }

  get byteLength(): number {
    return this.path.byteLength;
  }

  get bytesKept(): number {
    return this.path.bytesKept;
  }

  push(chunk: Uint8Array, endOfStream: boolean): void {
    this.chain.turn(() => {
      this.path.data(chunk, endOfStream);
    });
  }

  end(): void {
    this.chain.turn(() => {
      this.path.end([]);
    });
  }

  stop(): void {
    this.path.stop();
  }

  takeOutput(): Uint8Array {
    return this.path.takeOutput();
  }

  takeBack(output: Uint8Array): void {
    this.path.takeBack(output);
  }

  wentOn(): void {
    this.path.takeOutput();
  }

  mayReplace(): void {
    this.transforming = this.fixed === undefined;
  }

  /** Policies hear of the end first: they may know that, and replace nothing. */
  endFixed(error: unknown): void {
    this.fixed = error;
    this.transforming = false;
    this.end();
  }
}
