/**
 * One exchange of which a policy of the chain does not let everything go on at once: made when the first one holds, gathers or streams. What
 * the policies do to each other is by the rules of `chain/`, for the host there is one filter (`CarriedMessage`).
 */
import { type DataStatus, HeadersStatus, MapType, type StreamType, type TrailersStatus } from "../../abi/constants.js";
import type { Hostcalls } from "../../abi/port.js";
import type { Response } from "../../policy/response.js";
import { noBytes } from "../bytes.js";
import { currentEvent } from "../current-event.js";
import { type Direction, requestDirection, responseDirection } from "../direction.js";
import type { Phase } from "../filter-runner.js";
import type { HostAccess } from "../host-access.js";
import type { PluginConfiguration } from "../plugin-configuration.js";
import { CarriedMessage, type CarryingChain } from "./carried-message.js";
import { ChainPath, type PathEvents } from "./chain-path.js";
import type { ChainedExchange } from "./chained-exchange.js";
import { Place, type PlaceOwner } from "./place.js";
import { announcesTrailers, mayReplaceBody } from "./replaceable.js";
import type { Route } from "./route.js";

/** What the chain asks of the guest. */
export interface ChainEvents {
  readonly access: HostAccess;
  /** The request's head comes to the policy at this place; its status, and its exchange if that wants more events. */
  requestHeaders(chain: GuestChain, index: number, endOfStream: boolean): HeadersStatus;
  /** Calls an exchange for an event that is not its first. */
  event<Answer>(exchange: ChainedExchange, phase: Phase, failed: Answer, event: () => Answer): Answer;
}

export class GuestChain implements CarryingChain, PlaceOwner {
  readonly id: number;
  readonly route: Route;
  request: CarriedMessage | undefined;
  response: CarriedMessage | undefined;
  over: string | undefined;
  /** Of the policies that have seen the request; undefined for those that want no more of it. */
  private readonly exchanges: (ChainedExchange | undefined)[] = [];
  private readonly places: Place[] = [];
  private readonly guest: ChainEvents;
  /** The host has been given an answer, of which it takes one. */
  private answered: boolean;
  private replacement: Response | undefined;
  private busy = false;
  private scheduled = false;
  private actions: (() => void)[] = [];

  /** `answered`: one of the policies has answered the exchange before there was a chain. */
  constructor(guest: ChainEvents, route: Route, id: number, answered: boolean) {
    this.guest = guest;
    this.route = route;
    this.id = id;
    this.answered = answered;
  }

  /** A policy has seen the request. */
  add(index: number, exchange: ChainedExchange | undefined): void {
    this.exchanges[index] = exchange;
    if (exchange !== undefined) {
      exchange.place = this.placeAt(index);
    }
  }

  private placeAt(index: number): Place {
    return (this.places[index] ??= new Place(this, index));
  }

  // --- the host's events ---

  /** The request's head has come to the policy at this place, which has answered with this status. */
  takeRequest(index: number, status: HeadersStatus, endOfStream: boolean): HeadersStatus {
    const path = new ChainPath(this.requestEvents(), this.route.instances.length);
    const replaceable = this.replaced(false) || (!endOfStream && this.mayReplaceBehind(index + 1, requestDirection));
    this.request = new CarriedMessage(this, path, false, replaceable);
    return this.request.onHeaders(endOfStream, () => {
      path.startAt(index, status, [], endOfStream);
    });
  }

  onRequestBody(size: number, endOfStream: boolean): DataStatus | undefined {
    return this.request?.onBody(size, endOfStream);
  }

  onRequestTrailers(): TrailersStatus | undefined {
    return this.request?.onTrailers();
  }

  onResponseHeaders(endOfStream: boolean): HeadersStatus {
    if (this.request?.bypassed === true) {
      this.holderOf(this.request)?.bypassed("request");
      return HeadersStatus.StopIteration;
    }
    const path = this.responsePath();
    const response = this.carryResponse(path, this.exchanges.length - 1, endOfStream);
    const placeholder = this.exchanges.find((exchange) => exchange?.placeholder !== undefined)?.placeholder;
    if (placeholder !== undefined) {
      this.hidePlaceholder(placeholder === "typed");
    }
    if (placeholder === undefined || endOfStream) {
      return response.onHeaders(endOfStream, () => {
        path.start([], endOfStream);
      });
    }
    return response.onPlaceholder(() => {
      path.start([], true);
    });
  }

  /** What the host has added to the answer's head for the body. */
  private hidePlaceholder(typed: boolean): void {
    const host = this.host();
    host.removeHeaderMapValue(MapType.ResponseHeaders, "content-length");
    if (!typed) {
      host.removeHeaderMapValue(MapType.ResponseHeaders, "content-type");
    }
  }

  /** The response's head has come to the policy at this place, which has answered with this status. */
  takeResponse(index: number, status: HeadersStatus, endOfStream: boolean): HeadersStatus {
    const path = this.responsePath();
    const response = this.carryResponse(path, index, endOfStream);
    return response.onHeaders(endOfStream, () => {
      if (this.replacement === undefined) {
        path.startAt(path.policies - 1 - index, status, [], endOfStream);
      } else {
        response.replaceBy(this.replacement);
      }
    });
  }

  onResponseBody(size: number, endOfStream: boolean): DataStatus | undefined {
    return this.response?.onBody(size, endOfStream);
  }

  onResponseTrailers(): TrailersStatus | undefined {
    return this.response?.onTrailers();
  }

  /** The exchange is over. */
  end(): void {
    if (this.over !== undefined) {
      return;
    }
    if (this.response?.bypassed === true) {
      this.holderOf(this.response)?.bypassed("response");
    }
    this.over = "it is over";
  }

  /** Code was ended by force: what was going on did not get to its end. */
  afterCutOff(): void {
    this.busy = false;
    this.scheduled = false;
    this.actions = [];
  }

  private responsePath(): ChainPath {
    return new ChainPath(this.responseEvents(), this.exchanges.length);
  }

  private replaced(ofResponse: boolean): boolean {
    return this.exchanges.some((exchange) => exchange?.mayReplace(ofResponse) === true);
  }

  /** `index`: of the first policy that has not let it go at once. */
  private carryResponse(path: ChainPath, index: number, endOfStream: boolean): CarriedMessage {
    const replaceable =
      // An answer of a policy may become another one on its way, if a later filter of it fails.
      this.answered || this.replaced(true) || (!endOfStream && this.mayReplaceBehind(index - 1, responseDirection));
    this.response = new CarriedMessage(this, path, true, replaceable);
    return this.response;
  }

  /** Policies from this one on, which have not seen the message, may replace a body that has come before and has trailers behind it. */
  private mayReplaceBehind(index: number, direction: Direction): boolean {
    const { instances } = this.route;
    const behind = direction.name === "request" ? instances.slice(index) : instances.slice(0, index + 1);
    return behind.some((instance) => mayReplaceBody(instance, direction)) && announcesTrailers(this.host(), direction);
  }

  // --- the paths' events ---

  private requestEvents(): PathEvents {
    const { exchanges, guest } = this;
    return {
      head: (index, endOfStream) => guest.requestHeaders(this, index, endOfStream),
      body: (index, size, endOfStream) => {
        const exchange = exchanges[index];
        return exchange === undefined
          ? 0
          : guest.event(exchange, "request", 1, () => exchange.onRequestBody(size, endOfStream));
      },
      trailers: (index) => {
        const exchange = exchanges[index];
        return exchange === undefined ? 0 : guest.event(exchange, "request", 1, () => exchange.onRequestTrailers());
      },
      takeResumption: (index) => this.places[index]?.takeResumption(false) ?? false,
    };
  }

  private responseEvents(): PathEvents {
    const { exchanges, guest } = this;
    const last = exchanges.length - 1;
    return {
      head: (position, endOfStream) => {
        const exchange = exchanges[last - position];
        return exchange === undefined
          ? 0
          : guest.event(exchange, "response", 1, () => exchange.onResponseHeaders(endOfStream));
      },
      body: (position, size, endOfStream) => {
        const exchange = exchanges[last - position];
        return exchange === undefined
          ? 0
          : guest.event(exchange, "response", 1, () => exchange.onResponseBody(size, endOfStream));
      },
      trailers: (position) => {
        const exchange = exchanges[last - position];
        return exchange === undefined ? 0 : guest.event(exchange, "response", 1, () => exchange.onResponseTrailers());
      },
      takeResumption: (position) => this.places[last - position]?.takeResumption(true) ?? false,
    };
  }

  allPass({ isResponse }: CarriedMessage): boolean {
    return this.exchanges.every((exchange) => exchange?.passes(isResponse) ?? true);
  }

  private holderOf({ path, isResponse }: CarriedMessage): ChainedExchange | undefined {
    const { holder } = path;
    const index = isResponse ? this.exchanges.length - 1 - holder : holder;
    return this.exchanges[index] ?? this.exchanges.find((exchange) => exchange !== undefined);
  }

  // --- turns ---

  turn(step: () => void): void {
    const event = currentEvent.message;
    this.guest.access.runs(this.id, 0);
    this.busy = true;
    step();
    currentEvent.message = event;
    // One may ask for more; the list grows while it is walked.
    for (let index = 0; index < this.actions.length; index++) {
      this.actions[index]?.();
      currentEvent.message = event;
    }
    this.actions = [];
    this.busy = false;
    this.settle(this.request);
    this.settle(this.response);
  }

  private settle(carried: CarriedMessage | undefined): void {
    if (carried !== undefined) {
      if (this.replaced(carried.isResponse)) {
        carried.mayReplace();
      }
      carried.settle();
    }
  }

  afterTurn(action: () => void): void {
    this.actions.push(action);
    if (!this.busy && !this.scheduled) {
      this.scheduled = true;
      void Promise.resolve().then(() => {
        if (this.scheduled && this.over === undefined) {
          this.scheduled = false;
          this.turn(() => undefined);
        }
      });
    }
  }

  // --- answers ---

  answer(response: Response, details: string, body: Uint8Array | undefined): void {
    if (this.answered) {
      this.replaceBy(response);
      return;
    }
    this.answered = true;
    this.stop();
    this.host().sendLocalResponse(response.status, details, body, response.headerList(), -1);
  }

  /** The answer that is on its way becomes another one. */
  private replaceBy(answer: Response): void {
    const { response } = this;
    if (response === undefined) {
      this.replacement = answer;
      return;
    }
    response.path.stop();
    this.afterTurn(() => {
      response.replaceBy(answer);
    });
  }

  close(stream: StreamType): void {
    this.stop();
    const host = this.host();
    if (!this.settings.ownBuffers) {
      // Those in other VMs who keep the end of the response are not bypassed.
      host.setProperty(responseDirection.kept, noBytes);
    }
    host.closeStream(stream);
  }

  private stop(): void {
    this.request?.stop();
    this.response?.stop();
  }

  // --- what the messages of the host ask for ---

  host(): Hostcalls {
    return this.guest.access.as(this.id);
  }

  act(action: () => void): void {
    const { running } = this.guest.access;
    if (running <= 0 || running === this.id) {
      action();
    } else {
      this.later(action);
    }
  }

  later(action: () => void): void {
    this.route.timers.schedule(0, () => {
      if (this.over === undefined) {
        action();
      }
    });
  }

  runMicrotasks(): void {
    this.guest.access.services.runMicrotasks?.();
  }

  beginPiece(): void {
    // Policies begin theirs.
  }

  get settings(): PluginConfiguration {
    return this.route.settings;
  }

  bodyTooLarge(direction: Direction): void {
    const holder = this.holderIn(direction);
    if (holder === undefined) {
      this.close(direction.stream);
    } else {
      holder.bodyTooLarge(direction);
    }
  }

  messageFailed(direction: Direction, error: unknown): void {
    this.holderIn(direction)?.messageFailed(direction, error);
  }

  replacedTooLate({ isResponse, path }: CarriedMessage, index: number, error: unknown): void {
    const direction = isResponse ? responseDirection : requestDirection;
    this.exchanges[index]?.replacedTooLate(direction.name, error);
    if (!path.stopped) {
      // Its policy has answered before, or is not asked any more.
      this.close(direction.stream);
    }
  }

  private holderIn(direction: Direction): ChainedExchange | undefined {
    const carried = direction.name === "request" ? this.request : this.response;
    return carried && this.holderOf(carried);
  }

  bodyWaitChanged(): void {
    // Policies' limits are theirs.
  }

  sendResponse(): void {
    // Policies do.
  }
}
