/**
 * The guest's events for a chain of policies in one module: to the host they are one filter. As long as none of them waits, they run one
 * after the other on the host's own exchange, as filters of their own would; from the first that does on, a `GuestChain` exists.
 */
import { DataStatus, HeadersStatus, TrailersStatus } from "../../abi/constants.js";
import {
  type EngineServices,
  FilterEnd,
  type GuestEvents,
  type Hostcalls,
  type PreparedExchange,
} from "../../abi/port.js";
import { BreakFlow } from "../../policy/flow.js";
import { ContextTable } from "../context-table.js";
import { currentEvent } from "../current-event.js";
import { type Direction, requestDirection, responseDirection } from "../direction.js";
import { afterCutOff, logUnhandled } from "../ended-code.js";
import { timesOf } from "../exchange-summary.js";
import type { Phase } from "../filter-runner.js";
import { HostAccess } from "../host-access.js";
import type { PolicyInstance } from "../instance.js";
import type { ModulePolicy } from "../module-policy.js";
import { quickenHeads } from "../native-heads.js";
import { NewContexts } from "../new-contexts.js";
import { canBePrepared, prepareExchange } from "../prepared-exchange.js";
import { whoRuns } from "../running.js";
import { flushCountsSoon } from "../use-stats.js";
import { ChainedExchange, type ExchangePlace, type Neighbours } from "./chained-exchange.js";
import { type ChainEvents, GuestChain } from "./guest-chain.js";
import { Route } from "./route.js";

export class ChainGuest implements GuestEvents, ChainEvents, Neighbours {
  /** Where one of the policies has `onDone`, or a response filter. Hosts take time for each event that a guest hears of. */
  readonly onLog?: (contextId: number) => void;
  readonly onResponseBody?: (contextId: number, bodySize: number, endOfStream: boolean) => DataStatus;
  readonly onResponseTrailers?: (contextId: number) => TrailersStatus;
  /** Where that may save time. */
  readonly prepareExchange?: (rootContextId: number, place: number) => PreparedExchange | null | undefined;
  readonly onCounted?: (rootContextId: number) => void;
  readonly access: HostAccess;
  private readonly policies: readonly ModulePolicy[];
  private readonly routes = new Map<number, Route>();
  /** The one route, where there is no other: every stream is its. */
  private only: Route | undefined;
  private readonly newContexts = new NewContexts();
  /** By the place in the chain: those of which more events are wanted. */
  private readonly exchanges: ContextTable<ChainedExchange>[] = [];
  private readonly chains = new ContextTable<GuestChain>();
  /** Of exchanges whose answer has a body that is none, and whose response has not begun. */
  private readonly placeholders = new Set<number>();
  /** Whose event runs. */
  private called: ChainedExchange | undefined;

  constructor(policies: readonly ModulePolicy[], host: Hostcalls, services: EngineServices) {
    this.policies = policies;
    this.access = new HostAccess(host, services);
    // Heads are the host's, wherever in a chain an exchange is.
    quickenHeads(services, host, ChainedExchange.prototype);
    if (policies.some(({ definition }) => definition.onDone !== undefined)) {
      this.onLog = (contextId) => {
        this.atEnd(contextId, (exchange) => {
          exchange.onLog();
        });
      };
    }
    if (policies.some(({ definition, uses }) => canBePrepared(definition, uses))) {
      this.prepareExchange = (rootContextId, place) => this.prepare(rootContextId, place);
      this.onCounted = (rootContextId) => {
        const timers = this.routes.get(rootContextId)?.timers;
        if (timers !== undefined) {
          flushCountsSoon(this.access, timers);
        }
      };
    }
    if (policies.some(({ definition }) => definition.onResponse !== undefined)) {
      this.onResponseBody = (contextId, bodySize, endOfStream) =>
        this.ofChain(contextId, responseDirection, DataStatus.Continue, DataStatus.StopIterationAndBuffer, (chain) =>
          chain.onResponseBody(bodySize, endOfStream),
        );
      this.onResponseTrailers = (contextId) =>
        this.ofChain(contextId, responseDirection, TrailersStatus.Continue, TrailersStatus.StopIteration, (chain) =>
          chain.onResponseTrailers(),
        );
    }
  }

  // --- exchanges whose filters the engine calls ---

  private prepare(rootContextId: number, place: number): PreparedExchange | null | undefined {
    const route = this.routes.get(rootContextId);
    const instance = route?.instances[place];
    if (route === undefined || instance === undefined || !route.canBePrepared) {
      return undefined;
    }
    if (!route.isReady) {
      return null;
    }
    const exchange = ChainedExchange.beginOf(this, instance, 0);
    exchange.preparedAt = place;
    return prepareExchange(exchange, route.instances.length);
  }

  onWaiting(
    rootContextId: number,
    contextId: number,
    place: number,
    data: unknown,
    requestId: string | undefined,
    path: string | undefined,
    answered: boolean,
    passed: boolean,
    ...times: (number | undefined)[]
  ): void {
    const instance = this.routes.get(rootContextId)?.instances[place];
    if (instance !== undefined) {
      const exchange = ChainedExchange.resumedOf(this, instance, contextId);
      exchange.resume(data, requestId, path, answered, passed, timesOf(times));
      this.keepFromNowOn(exchange, place);
    }
  }

  onFilterEnded(exchange: object, end: FilterEnd, value: unknown, ...times: (number | undefined)[]): HeadersStatus {
    const prepared = exchange as ChainedExchange;
    prepared.takeTimes(timesOf(times));
    const { id, instance, hasResponse, preparedAt: place = 0 } = prepared;
    const answersAtOnce =
      end === FilterEnd.Untouched &&
      value instanceof BreakFlow &&
      !hasResponse &&
      !instance.seesResponses &&
      !this.isKeptBefore(place, id);
    // What is made of the value may be the policy's code, too.
    this.called = prepared;
    currentEvent.starting = prepared;
    const status = answersAtOnce
      ? prepared.answersAtOnce(value.response)
      : prepared.filterEndedOutside(end === FilterEnd.Threw, value);
    currentEvent.starting = undefined;
    this.called = undefined;
    // Nobody but the engine is to hold it.
    currentEvent.lastRunning = instance;
    if (answersAtOnce) {
      return status;
    }
    return hasResponse ? this.goOnWithResponse(prepared, place, status) : this.goOnWithRequest(prepared, place, status);
  }

  private goOnWithRequest(prepared: ChainedExchange, place: number, status: HeadersStatus): HeadersStatus {
    const route = this.routeOf(prepared);
    const { endOfStream } = prepared.request;
    return (
      this.afterRequest(route, prepared, place, status, endOfStream) ??
      this.passRequest(route, prepared.id, place + 1, endOfStream)
    );
  }

  private goOnWithResponse(prepared: ChainedExchange, place: number, status: HeadersStatus): HeadersStatus {
    const { id } = prepared;
    const { endOfStream } = prepared.response;
    const over = prepared.overWithBothHeads;
    if (!over) {
      this.keepFromNowOn(prepared, place);
    }
    // Those behind it have seen the response, and somebody may ask for them yet.
    const last = Math.max(
      place,
      this.exchanges.findLastIndex((table) => table.get(id) !== undefined),
    );
    return (
      this.afterResponse(prepared, place, last, status, endOfStream) ??
      this.passResponse(id, place - 1, last, over && last === place, endOfStream)
    );
  }

  // --- root contexts ---

  onContextCreate(contextId: number, parentContextId: number): void {
    if (parentContextId !== 0) {
      if (this.only === undefined) {
        this.newContexts.add(contextId, parentContextId);
      }
      return;
    }
    this.routes.set(contextId, new Route(contextId, this.access));
    this.findOnly();
  }

  onVmStart(): boolean {
    return true;
  }

  onConfigure(rootContextId: number, pluginConfigurationSize: number): boolean {
    const accepted = this.root(rootContextId, (route) => route.onConfigure(pluginConfigurationSize, this.policies));
    if (accepted !== true) {
      return false;
    }
    const routes = [...this.routes.values()].filter(({ instances }) => instances.length > 0);
    while (this.exchanges.length < Math.max(...routes.map(({ instances }) => instances.length))) {
      this.exchanges.push(new ContextTable());
    }
    this.access.services.setLimits?.(
      Math.max(...routes.map(({ callbackMilliseconds }) => callbackMilliseconds)),
      Math.max(...routes.map(({ settings }) => settings.memoryBytes)),
    );
    return true;
  }

  onTick(rootContextId: number): void {
    this.root(rootContextId, (route) => {
      route.timers.onTick();
    });
  }

  onHttpCallResponse(rootContextId: number, token: number, headerCount: number, bodySize: number): void {
    this.root(rootContextId, (route) => {
      route.onHttpCallResponse(token, headerCount, bodySize);
    });
  }

  private findOnly(): void {
    const [first, second] = this.routes.values();
    this.only = second === undefined ? first : undefined;
  }

  private root<T>(rootContextId: number, event: (route: Route) => T): T | undefined {
    const route = this.routes.get(rootContextId);
    if (route === undefined) {
      return undefined;
    }
    this.access.enter(rootContextId, 0);
    try {
      return event(route);
    } catch (error) {
      route.instances[0]?.logger.error("INTERNAL: the guest failed in an event of its root context", { error });
      return undefined;
    } finally {
      this.access.leave();
    }
  }

  // --- streams ---

  onRequestHeaders(contextId: number, _headerCount: number, endOfStream: boolean): HeadersStatus {
    const route = this.only ?? this.routes.get(this.newContexts.take(contextId));
    if (route === undefined) {
      return HeadersStatus.Continue;
    }
    this.access.enter(contextId, contextId);
    const status = this.passRequest(route, contextId, 0, endOfStream);
    if (this.access.leaves) {
      this.access.leave();
    }
    return status;
  }

  /** One policy after the other, as long as each of them lets the request go on at once. */
  private passRequest(route: Route, id: number, first: number, endOfStream: boolean): HeadersStatus {
    const { instances } = route;
    for (let index = first; index < instances.length; index++) {
      const exchange = ChainedExchange.beginOf(this, instances[index] as PolicyInstance, id);
      const status = this.begin(exchange, index > 0, endOfStream);
      const answer = this.afterRequest(route, exchange, index, status, endOfStream);
      if (answer !== undefined) {
        return answer;
      }
    }
    return HeadersStatus.Continue;
  }

  /** The policy at this place has seen the request's head. undefined: the next one is to see it. */
  private afterRequest(
    route: Route,
    exchange: ChainedExchange,
    index: number,
    status: HeadersStatus,
    endOfStream: boolean,
  ): HeadersStatus | undefined {
    const stopped = exchange.requestStopped;
    // Of one that answers others may have to know.
    if (exchange.overAtOnce && !(stopped && this.isKeptBefore(index, exchange.id))) {
      exchange.noteOrigin();
      if (exchange.preparedAt === undefined) {
        exchange.release();
      }
    } else {
      this.keep(exchange, index);
    }
    if (stopped) {
      return HeadersStatus.StopIteration;
    }
    return status === HeadersStatus.Continue && exchange.requestLeft
      ? undefined
      : this.chainOf(route, exchange.id, index).takeRequest(index, status, endOfStream);
  }

  private isKeptBefore(place: number, id: number): boolean {
    return this.exchanges.some((table, index) => index < place && table.get(id) !== undefined);
  }

  requestHeaders(chain: GuestChain, index: number, endOfStream: boolean): HeadersStatus {
    const exchange = ChainedExchange.beginOf(this, chain.route.instances[index] as PolicyInstance, chain.id);
    chain.add(index, exchange);
    const status = this.begin(exchange, true, endOfStream);
    if (exchange.overAtOnce) {
      exchange.noteOrigin();
      exchange.release();
      chain.add(index, undefined);
    } else {
      this.keep(exchange, index);
    }
    return status;
  }

  /** Its first event. */
  private begin(exchange: ChainedExchange, anew: boolean, endOfStream: boolean): HeadersStatus {
    if (anew) {
      // Each policy has as long as it would have as a filter of its own.
      exchange.beginPiece();
    }
    this.called = exchange;
    currentEvent.starting = exchange;
    let status: HeadersStatus = HeadersStatus.StopIteration;
    try {
      status = exchange.onRequestHeaders(endOfStream);
    } catch (error) {
      exchange.filterFailed("request", error);
    }
    currentEvent.starting = undefined;
    this.called = undefined;
    return status;
  }

  private keep(exchange: ChainedExchange, index: number): void {
    exchange.keepRequest();
    this.keepFromNowOn(exchange, index);
  }

  private keepFromNowOn(exchange: ChainedExchange, index: number): void {
    (this.exchanges[index] as ContextTable<ChainedExchange>).add(exchange);
    this.access.services.keep?.(exchange.id);
  }

  /** The chain of an exchange of which the policies up to this place have seen the request. */
  private chainOf(route: Route, id: number, last: number): GuestChain {
    const exchanges = this.exchanges.slice(0, last + 1).map((table) => table.get(id));
    const answered = exchanges.some((exchange) => exchange?.answeredRequest === true);
    const chain = new GuestChain(this, route, id, answered);
    exchanges.forEach((exchange, index) => {
      chain.add(index, exchange);
    });
    this.chains.add(chain);
    this.access.services.keep?.(id);
    return chain;
  }

  event<Answer>(exchange: ChainedExchange, phase: Phase, failed: Answer, event: () => Answer): Answer {
    exchange.beginPiece();
    this.called = exchange;
    let answer = failed;
    try {
      answer = event();
    } catch (error) {
      exchange.filterFailed(phase, error);
    }
    this.called = undefined;
    return answer;
  }

  onRequestBody(contextId: number, bodySize: number, endOfStream: boolean): DataStatus {
    return this.ofChain(contextId, requestDirection, DataStatus.Continue, DataStatus.StopIterationAndBuffer, (chain) =>
      chain.onRequestBody(bodySize, endOfStream),
    );
  }

  onRequestTrailers(contextId: number): TrailersStatus {
    return this.ofChain(contextId, requestDirection, TrailersStatus.Continue, TrailersStatus.StopIteration, (chain) =>
      chain.onRequestTrailers(),
    );
  }

  onResponseHeaders(contextId: number, _headerCount: number, endOfStream: boolean): HeadersStatus {
    this.access.enter(contextId, contextId);
    const route = this.placeholders.size === 0 ? undefined : this.routeOfPlaceholder(contextId);
    const chain = this.chains.get(contextId) ?? (route && this.chainOf(route, contextId, this.exchanges.length - 1));
    const status =
      chain === undefined
        ? this.passResponse(contextId, this.exchanges.length - 1, undefined, true, endOfStream)
        : chain.onResponseHeaders(endOfStream);
    if (this.access.leaves) {
      this.access.leave();
    }
    return status;
  }

  private routeOfPlaceholder(id: number): Route | undefined {
    if (!this.placeholders.delete(id)) {
      return undefined;
    }
    const exchange = this.exchanges.map((table) => table.get(id)).find((other) => other !== undefined);
    return exchange && this.routeOf(exchange);
  }

  /**
   * The policies that have seen the request, last to first, as long as each of them lets the response go on at once.
   *
   * @param last the place of the first that has seen the response
   * @param over those that have seen it are done with the exchange
   */
  private passResponse(
    id: number,
    first: number,
    last: number | undefined,
    over: boolean,
    endOfStream: boolean,
  ): HeadersStatus {
    for (let index = first; index >= 0; index--) {
      const exchange = this.exchanges[index]?.get(id);
      if (exchange === undefined) {
        continue;
      }
      const status = this.event(exchange, "response", HeadersStatus.StopIteration, () =>
        exchange.onResponseHeaders(endOfStream),
      );
      last ??= index;
      const answer = this.afterResponse(exchange, index, last, status, endOfStream);
      if (answer !== undefined) {
        return answer;
      }
      over &&= exchange.overWithBothHeads;
    }
    if (over) {
      this.forget(id);
      this.access.services.forget?.(id);
    }
    return HeadersStatus.Continue;
  }

  /** The policy at this place has seen the response's head. undefined: the next one is to see it. */
  private afterResponse(
    exchange: ChainedExchange,
    index: number,
    last: number,
    status: HeadersStatus,
    endOfStream: boolean,
  ): HeadersStatus | undefined {
    const { id } = exchange;
    // A second answer makes one.
    const chain = this.chains.get(id);
    if (chain === undefined && exchange.responseStopped) {
      return HeadersStatus.StopIteration;
    }
    return chain === undefined && status === HeadersStatus.Continue && exchange.responseLeft
      ? undefined
      : (chain ?? this.chainOf(this.routeOf(exchange), id, last)).takeResponse(index, status, endOfStream);
  }

  private routeOf(exchange: ChainedExchange): Route {
    return this.routes.get(exchange.instance.id) as Route;
  }

  placeForSecondAnswer(exchange: ChainedExchange): ExchangePlace | undefined {
    const { id, preparedAt } = exchange;
    this.access.services.tellWaiting?.(id);
    if (!this.exchanges.some((table) => table.get(id)?.answeredRequest === true)) {
      return undefined;
    }
    if (preparedAt !== undefined) {
      this.keepFromNowOn(exchange, preparedAt);
    }
    const exchanges = this.exchanges.map((table) => table.get(id));
    this.chainOf(
      this.routeOf(exchange),
      id,
      exchanges.findLastIndex((other) => other !== undefined),
    );
    return exchange.place;
  }

  mayReplaceAnswer(exchange: ChainedExchange): boolean {
    const { id } = exchange;
    const others = this.exchanges.map((table) => table.get(id)).filter((other) => other !== exchange);
    // An answer in the place of a response that has come goes to the client past all filters.
    const responseHasCome = this.chains.get(id)?.response !== undefined || others.some((other) => other?.hasResponse);
    const may = !responseHasCome && others.some((other) => other?.instance.definition.onResponse !== undefined);
    if (may) {
      this.placeholders.add(id);
    }
    return may;
  }

  /** An event of a stream after its first one: none of the policies wants it where there is no chain. */
  private ofChain<Answer extends number>(
    contextId: number,
    direction: Direction,
    unknown: Answer,
    failed: Answer,
    event: (chain: GuestChain) => Answer | undefined,
  ): Answer {
    const chain = this.chains.get(contextId);
    if (chain === undefined) {
      return unknown;
    }
    this.access.enter(contextId, contextId);
    let answer: Answer | undefined;
    try {
      answer = event(chain);
    } catch (error) {
      chain.messageFailed(direction, error);
      answer = failed;
    }
    this.access.leave();
    return answer ?? unknown;
  }

  private atEnd(contextId: number, event: (exchange: ChainedExchange) => void): void {
    this.access.enter(contextId, contextId);
    this.chains.get(contextId)?.end();
    for (const table of this.exchanges) {
      const exchange = table.get(contextId);
      if (exchange !== undefined) {
        this.event(exchange, "response", undefined, () => {
          event(exchange);
        });
      }
    }
    this.access.leave();
  }

  /** The last event of a context: what the guest has of it is forgotten. */
  onDone(contextId: number): boolean {
    const route = this.routes.get(contextId);
    if (route !== undefined) {
      this.root(contextId, () => {
        this.remove(route);
      });
      this.routes.delete(contextId);
      this.findOnly();
    } else {
      this.atEnd(contextId, (exchange) => {
        exchange.end();
        exchange.noteOrigin();
      });
      this.forget(contextId);
      this.newContexts.take(contextId);
    }
    return true;
  }

  private forget(id: number): void {
    for (const table of this.exchanges) {
      table.take(id)?.release();
    }
    this.chains.take(id);
    this.placeholders.delete(id);
  }

  private remove(route: Route): void {
    for (const table of this.exchanges) {
      for (const exchange of table.values()) {
        if (route.instances.includes(exchange.instance)) {
          exchange.onRemoved();
        }
      }
    }
    route.close();
  }

  // --- code that is ended by force, or that nobody waits for ---

  onCutOff(contextId: number, stack: string, ofEvent: boolean): void {
    const ran = whoRuns();
    const { called } = this;
    this.called = undefined;
    currentEvent.message = ofEvent ? undefined : currentEvent.message;
    currentEvent.starting = undefined;
    afterCutOff(this.access, this.routes.values());
    this.chains.get(contextId)?.afterCutOff();
    const culprit = ran instanceof ChainedExchange && ran.id === contextId ? ran : this.anyOf(contextId, called);
    if (culprit !== undefined) {
      culprit.onCutOff(stack);
    } else {
      const known = ran !== undefined && (ran.id === contextId || this.routes.has(ran.id));
      (known ? ran : this.anyInstance)?.lateCodeCutOff(stack);
    }
    // The exchange whose event it was did not get to its end either.
    if (ofEvent && called !== undefined && called !== culprit && called.id !== contextId) {
      this.chains.get(called.id)?.afterCutOff();
      called.onCutOff(stack);
    }
  }

  private anyOf(contextId: number, called: ChainedExchange | undefined): ChainedExchange | undefined {
    return called?.id === contextId
      ? called
      : this.exchanges.map((table) => table.get(contextId)).find((exchange) => exchange !== undefined);
  }

  private get anyInstance(): PolicyInstance | undefined {
    const [route] = this.routes.values();
    return route?.instances[0];
  }

  onUnhandled(error: unknown, promise: object | undefined, certain: boolean): boolean {
    return logUnhandled(error, promise, certain, this.anyInstance);
  }
}
