/**
 * The heads of an exchange on their way through the policies of a route, one after the other on the host's own exchange, as filters of their own
 * would be: as long as none of them waits. From the first that does on, the exchange has a chain.
 */
import { HeadersStatus } from "../../abi/constants.js";
import type { PreparedExchange } from "../../abi/port.js";
import { currentEvent } from "../current-event.js";
import { timesOf } from "../exchange-summary.js";
import type { PolicyInstance } from "../instance.js";
import { prepareExchange } from "../prepared-exchange.js";
import { ChainExchanges } from "./chain-exchanges.js";
import { ChainedExchange } from "./chained-exchange.js";
import type { Route } from "./route.js";

export abstract class HeadPass extends ChainExchanges {
  onRequestHeaders(contextId: number, _headerCount: number, endOfStream: boolean): HeadersStatus {
    const route = this.only ?? this.roots.get(this.newContexts.take(contextId));
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
      const status = this.begin(exchange, endOfStream);
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
    if (exchange.overAtOnce && !(stopped && this.kept.isAnyBefore(index, exchange.id))) {
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

  onResponseHeaders(contextId: number, _headerCount: number, endOfStream: boolean): HeadersStatus {
    this.access.enter(contextId, contextId);
    const route = this.placeholders.size === 0 ? undefined : this.routeOfPlaceholder(contextId);
    const chain = this.chains.get(contextId) ?? (route && this.chainOf(route, contextId, this.kept.last));
    const status =
      chain === undefined
        ? this.passResponse(contextId, this.kept.last, undefined, true, endOfStream)
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
    const exchange = this.kept.anyOf(id);
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
      const exchange = this.kept.at(index, id);
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

  // --- exchanges whose filters the engine calls ---

  protected prepare(rootContextId: number): PreparedExchange | null | undefined {
    const route = this.roots.get(rootContextId);
    const [first] = route?.instances ?? [];
    if (route === undefined || first === undefined || !route.canBePrepared) {
      return undefined;
    }
    return route.isReady ? prepareExchange(ChainedExchange.resumedOf(this, first, 0), route.instances) : null;
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
    const instance = this.roots.get(rootContextId)?.instances[place];
    if (instance !== undefined) {
      const exchange = ChainedExchange.resumedOf(this, instance, contextId);
      exchange.resume(data, requestId, path, answered, passed, timesOf(times));
      this.keepFromNowOn(exchange, place);
    }
  }

  onFilterEnded(exchange: object, threw: boolean, value: unknown, ...times: (number | undefined)[]): HeadersStatus {
    const prepared = exchange as ChainedExchange;
    prepared.takeTimes(timesOf(times));
    const { instance, hasResponse, preparedAt: place = 0 } = prepared;
    // What is made of the value may be the policy's code, too.
    this.called = prepared;
    currentEvent.starting = prepared;
    const status = prepared.filterEndedOutside(threw, value);
    currentEvent.starting = undefined;
    this.called = undefined;
    // Nobody but the engine is to hold it.
    currentEvent.lastRunning = instance;
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
    const last = Math.max(place, this.kept.lastOf(id));
    return (
      this.afterResponse(prepared, place, last, status, endOfStream) ??
      this.passResponse(id, place - 1, last, over && last === place, endOfStream)
    );
  }
}
