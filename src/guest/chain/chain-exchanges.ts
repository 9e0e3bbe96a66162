/**
 * The exchanges of a guest with several policies: those that are kept, the one whose event runs, and the chains of those of which a policy has
 * not let everything go on at once.
 */
import { HeadersStatus } from "../../abi/constants.js";
import type { EngineServices, Hostcalls } from "../../abi/port.js";
import { ContextTable } from "../context-table.js";
import { currentEvent } from "../current-event.js";
import type { Phase } from "../filter-runner.js";
import type { PolicyInstance } from "../instance.js";
import type { ModulePolicy } from "../module-policy.js";
import { RootEvents } from "../root-events.js";
import { ChainedExchange, type ExchangePlace, type Neighbours } from "./chained-exchange.js";
import { type ChainEvents, GuestChain } from "./guest-chain.js";
import { KeptExchanges } from "./kept-exchanges.js";
import { Route } from "./route.js";

export abstract class ChainExchanges extends RootEvents<Route> implements ChainEvents, Neighbours {
  protected readonly kept = new KeptExchanges();
  protected readonly chains = new ContextTable<GuestChain>();
  /** Of exchanges whose answer has a body that is none, and whose response has not begun. */
  protected readonly placeholders = new Set<number>();
  /** Whose event runs. */
  protected called: ChainedExchange | undefined;
  private readonly policies: readonly ModulePolicy[];

  constructor(policies: readonly ModulePolicy[], host: Hostcalls, services: EngineServices) {
    // Heads are the host's, wherever in a chain an exchange is.
    super(host, services, ChainedExchange.prototype);
    this.policies = policies;
  }

  protected createRoot(id: number): Route {
    return new Route(id, this.access, this.policies);
  }

  protected routeOf(exchange: ChainedExchange): Route {
    return this.roots.get(exchange.instance.id) as Route;
  }

  /** Its first event. */
  protected begin(exchange: ChainedExchange, endOfStream: boolean): HeadersStatus {
    // Each policy has as long as it would have as a filter of its own.
    exchange.beginPiece();
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

  /** An event of it after its first one. */
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

  /** More events of it are wanted. */
  protected keep(exchange: ChainedExchange, index: number): void {
    exchange.keepRequest();
    this.keepFromNowOn(exchange, index);
  }

  protected keepFromNowOn(exchange: ChainedExchange, index: number): void {
    this.kept.add(index, exchange);
    this.access.services.keep?.(exchange.id);
  }

  /** The chain of an exchange of which the policies up to this place have seen the request. */
  protected chainOf(route: Route, id: number, last: number): GuestChain {
    const exchanges = this.kept.of(id).slice(0, last + 1);
    const answered = exchanges.some((exchange) => exchange?.answeredRequest === true);
    const chain = new GuestChain(this, route, id, answered);
    exchanges.forEach((exchange, index) => {
      chain.add(index, exchange);
    });
    this.chains.add(chain);
    this.access.services.keep?.(id);
    return chain;
  }

  // --- what chains and exchanges ask for ---

  requestHeaders(chain: GuestChain, index: number, endOfStream: boolean): HeadersStatus {
    const exchange = ChainedExchange.beginOf(this, chain.route.instances[index] as PolicyInstance, chain.id);
    chain.add(index, exchange);
    const status = this.begin(exchange, endOfStream);
    if (exchange.overAtOnce) {
      exchange.noteOrigin();
      exchange.release();
      chain.add(index, undefined);
    } else {
      this.keep(exchange, index);
    }
    return status;
  }

  placeForSecondAnswer(exchange: ChainedExchange): ExchangePlace | undefined {
    const { id, preparedAt } = exchange;
    this.access.services.tellWaiting?.(id);
    if (!this.kept.of(id).some((other) => other?.answeredRequest === true)) {
      return undefined;
    }
    if (preparedAt !== undefined) {
      this.keepFromNowOn(exchange, preparedAt);
    }
    this.chainOf(this.routeOf(exchange), id, this.kept.lastOf(id));
    return exchange.place;
  }

  mayReplaceAnswer(exchange: ChainedExchange): boolean {
    const { id } = exchange;
    const others = this.kept.of(id).filter((other) => other !== exchange);
    // An answer in the place of a response that has come goes to the client past all filters.
    const responseHasCome = this.chains.get(id)?.response !== undefined || others.some((other) => other?.hasResponse);
    const may = !responseHasCome && others.some((other) => other?.instance.definition.onResponse !== undefined);
    if (may) {
      this.placeholders.add(id);
    }
    return may;
  }

  // --- ends ---

  /** What the guest has of a stream. */
  protected forget(id: number): void {
    this.kept.forget(id);
    this.chains.take(id);
    this.placeholders.delete(id);
  }

  protected leavesExchanges(route: Route): void {
    for (const exchange of this.kept.values()) {
      if (route.instances.includes(exchange.instance)) {
        exchange.onRemoved();
      }
    }
  }
}
