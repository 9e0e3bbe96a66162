/** One exchange as one of several policies in a guest sees it. */
import type { AnswerReason } from "../../abi/answer-details.js";
import { HeadersStatus, MapType } from "../../abi/constants.js";
import { firstValue } from "../../abi/header-list.js";
import { bareObject } from "../../policy/bare-object.js";
import type { Response } from "../../policy/response.js";
import { Mode } from "../body-message.js";
import { noBytes } from "../bytes.js";
import { bypassedError } from "../chain-place.js";
import { responseDirection } from "../direction.js";
import { GuestExchange } from "../exchange.js";
import { ExchangeTimes } from "../exchange-summary.js";
import type { Phase } from "../filter-runner.js";
import type { GuestMessage } from "../guest-message.js";
import type { PolicyInstance } from "../instance.js";
import type { ExchangeCalls } from "../message-owner.js";

/** Where a chain has an exchange of one of its policies. */
export interface ExchangePlace extends ExchangeCalls {
  /** The policy answers the client. `body`: what the host is given for it. */
  answer(response: Response, details: string, body: Uint8Array | undefined): void;
}

/** Who knows the other exchanges of a stream. */
export interface Neighbours {
  /** Another policy has answered this exchange before: the host takes no second answer. The chain's place then. */
  placeForSecondAnswer(exchange: ChainedExchange): ExchangePlace | undefined;
  /** Another policy has a filter for the answer of this one, and may give another answer in its place. */
  mayReplaceAnswer(exchange: ChainedExchange): boolean;
}

/**
 * The body of an answer that has none, where another policy may replace it: a host takes one answer of a filter, and to that no body can be
 * added. Neither policies nor the client see it.
 */
const placeholder = Uint8Array.of(32);

export class ChainedExchange extends GuestExchange {
  declare private neighbours: Neighbours;
  /** Its hostcalls; undefined as long as nobody has waited: those of the host. */
  declare place?: ExchangePlace;
  /** Its answer has no body, but the host was given one for it; and whether the answer has a type. */
  declare placeholder?: "typed" | "untyped";

  static beginOf(neighbours: Neighbours, instance: PolicyInstance, id: number): ChainedExchange {
    const exchange = bareObject(ChainedExchange.prototype);
    exchange.instance = instance;
    exchange.id = id;
    exchange.neighbours = neighbours;
    if (instance.measures) {
      exchange.times = new ExchangeTimes(instance.access.now());
    }
    return exchange;
  }

  /** For `resume`, and to be prepared. */
  static resumedOf(neighbours: Neighbours, instance: PolicyInstance, id: number): ChainedExchange {
    const exchange = bareObject(ChainedExchange.prototype);
    exchange.instance = instance;
    exchange.id = id;
    exchange.neighbours = neighbours;
    return exchange;
  }

  override host(): ExchangeCalls {
    // The host has one effective context, whoever is asked.
    const calls = super.host();
    return this.place ?? calls;
  }

  /** A filter of it has ended that the engine has called: it has thrown or returned `value`. */
  filterEndedOutside(threw: boolean, value: unknown): HeadersStatus {
    const phase = this.hasResponse ? "response" : "request";
    try {
      return this.onFilterEnded(threw, value);
    } catch (error) {
      this.filterFailed(phase, error);
      return HeadersStatus.StopIteration;
    }
  }

  /** It has let the request's head go and has nothing to do with what follows it. */
  get requestLeft(): boolean {
    return this.requestMessage?.leftWithHead ?? this.decision !== undefined;
  }

  get requestStopped(): boolean {
    return this.requestMessage?.mode === Mode.Stopped;
  }

  get responseLeft(): boolean {
    return this.responseMessage?.leftWithHead ?? true;
  }

  get responseStopped(): boolean {
    return this.responseMessage?.mode === Mode.Stopped;
  }

  /** It has let go of all that has come of this message and will let go of the rest. */
  passes(isResponse: boolean): boolean {
    const message: GuestMessage | undefined = isResponse ? this.responseMessage : this.requestMessage;
    return message === undefined || (message.mode === Mode.Passed && message.headOut);
  }

  /** It may put something else in the place of this message's body. */
  mayReplace(isResponse: boolean): boolean {
    const message = isResponse ? this.responseMessage : this.requestMessage;
    return message?.mode === Mode.Gathering || message?.broken === true;
  }

  /** It has answered when the request came. */
  get answeredRequest(): boolean {
    return this.answeredIn === "request";
  }

  /** It has put something in the place of what can only go on as it came, and is no more. */
  replacedTooLate(of: "request" | "response", error: unknown): void {
    this.filterFailed(of, error, true);
  }

  /** A filter of others has let the message end without what this one keeps. */
  bypassed(of: "request" | "response"): void {
    if (of === "request") {
      this.filterFailed("request", bypassedError("request"));
    } else {
      this.logThrown("POLICY_FAILED: the response filter failed", bypassedError("response"));
      this.cancel("response", "failed");
    }
  }

  protected override closeStream(phase: Phase): void {
    if (this.place === undefined) {
      // Those in other VMs who keep the end of the response are not bypassed.
      this.host().setProperty(responseDirection.kept, noBytes);
    }
    super.closeStream(phase);
  }

  protected override send(response: Response, why?: AnswerReason): void {
    const ofRequest = this.answeredIn === "request";
    const place = this.place ?? (ofRequest ? undefined : this.neighbours.placeForSecondAnswer(this));
    const details = this.detailsOf(why);
    let body = response.bodyBytes();
    if (ofRequest && (body?.length ?? 0) === 0 && this.hasContent() && this.neighbours.mayReplaceAnswer(this)) {
      body = placeholder;
      this.placeholder = firstValue(response.headerList(), "content-type") === undefined ? "untyped" : "typed";
    }
    if (place === undefined) {
      this.host();
      this.instance.access.calls.sendLocalResponse(response.status, details, body, response.headerList(), -1);
    } else {
      place.answer(response, details, body);
    }
  }

  /** The answer to this request may have a body; gRPC has its own way to put it. */
  private hasContent(): boolean {
    const host = this.host();
    return (
      host.getHeaderMapValue(MapType.RequestHeaders, ":method") !== "HEAD" &&
      host.getHeaderMapValue(MapType.RequestHeaders, "content-type")?.startsWith("application/grpc") !== true
    );
  }
}
