/** The guest's events for one policy, on whatever engine: finds the exchange of each, and lets no exception out. */
import { DataStatus, HeadersStatus, TrailersStatus } from "../abi/constants.js";
import type { PolicyUses } from "../abi/policy-uses.js";
import type { EngineServices, GuestEvents, Hostcalls, PreparedExchange } from "../abi/port.js";
import type { AnyDefinition } from "./configure.js";
import { ContextTable } from "./context-table.js";
import { currentEvent } from "./current-event.js";
import { afterCutOff } from "./ended-code.js";
import { GuestExchange } from "./exchange.js";
import { timesOf } from "./exchange-summary.js";
import type { Phase } from "./filter-runner.js";
import { PolicyInstance } from "./instance.js";
import { canBePrepared, prepareExchange } from "./prepared-exchange.js";
import { RootEvents } from "./root-events.js";
import { whoRuns } from "./running.js";

export class Guest extends RootEvents<PolicyInstance> implements GuestEvents {
  /** Where the policy has `onDone`. Hosts take time for each event that a guest hears of. */
  declare readonly onLog?: (contextId: number) => void;
  declare readonly onResponseBody?: (contextId: number, bodySize: number, endOfStream: boolean) => DataStatus;
  declare readonly onResponseTrailers?: (contextId: number) => TrailersStatus;
  /** Where that saves time. */
  declare readonly prepareExchange?: (rootContextId: number) => PreparedExchange | null | undefined;
  declare private readonly definition: AnyDefinition;
  declare private readonly uses: PolicyUses;
  /** Those of which more events are wanted. */
  declare private readonly exchanges: ContextTable<GuestExchange>;

  constructor(definition: AnyDefinition, host: Hostcalls, services: EngineServices, uses: PolicyUses) {
    super(host, services, GuestExchange.prototype);
    this.definition = definition;
    this.uses = uses;
    this.exchanges = new ContextTable();
    if (definition.onDone !== undefined) {
      this.onLog = (contextId) => {
        this.later(contextId, "response", undefined, undefined, (exchange) => {
          exchange.onLog();
        });
      };
    }
    if (canBePrepared(definition, uses)) {
      this.prepareExchange = (rootContextId) => {
        const instance = this.roots.get(rootContextId);
        if (instance === undefined) {
          return undefined;
        }
        return instance.state === "ready" ? prepareExchange(GuestExchange.resumed(instance, 0), [instance]) : null;
      };
      this.hearsOfCounts();
    }
    if (definition.onResponse === undefined) {
      return;
    }
    this.onResponseBody = (contextId, bodySize, endOfStream) =>
      this.later(contextId, "response", DataStatus.Continue, DataStatus.StopIterationAndBuffer, (exchange) =>
        exchange.onResponseBody(bodySize, endOfStream),
      );
    this.onResponseTrailers = (contextId) =>
      this.later(contextId, "response", TrailersStatus.Continue, TrailersStatus.StopIteration, (exchange) =>
        exchange.onResponseTrailers(),
      );
  }

  protected createRoot(id: number): PolicyInstance {
    return new PolicyInstance(id, this.access, this.definition, this.uses);
  }

  /** The first event of an exchange, and for most the last one that this policy has to do with. */
  onRequestHeaders(contextId: number, _headerCount: number, endOfStream: boolean): HeadersStatus {
    const instance = this.only ?? this.roots.get(this.newContexts.take(contextId));
    if (instance === undefined) {
      return HeadersStatus.Continue;
    }
    this.access.enter(contextId, contextId);
    const exchange = GuestExchange.begin(instance, contextId);
    this.tellWhose(exchange);
    currentEvent.starting = exchange;
    let status: HeadersStatus = HeadersStatus.StopIteration;
    try {
      status = exchange.onRequestHeaders(endOfStream);
    } catch (error) {
      exchange.filterFailed("request", error);
    }
    currentEvent.starting = undefined;
    if (exchange.overAtOnce) {
      exchange.noteOrigin();
      exchange.release();
    } else {
      this.keep(exchange);
    }
    if (this.access.leaves) {
      this.access.leave();
    }
    return status;
  }

  /** An event of an exchange that was prepared, and whose filter the engine has called. */
  onFilterEnded(exchange: object, threw: boolean, value: unknown, ...times: (number | undefined)[]): HeadersStatus {
    const prepared = exchange as GuestExchange;
    prepared.takeTimes(timesOf(times));
    // What is made of the value may be the policy's code, too.
    currentEvent.starting = prepared;
    return prepared.hasResponse
      ? this.onResponseFilterEnded(prepared, threw, value)
      : this.onRequestFilterEnded(prepared, threw, value);
  }

  onWaiting(
    rootContextId: number,
    contextId: number,
    _place: number,
    data: unknown,
    requestId: string | undefined,
    path: string | undefined,
    answered: boolean,
    passed: boolean,
    ...times: (number | undefined)[]
  ): void {
    const instance = this.roots.get(rootContextId);
    if (instance !== undefined) {
      const exchange = GuestExchange.resumed(instance, contextId);
      exchange.resume(data, requestId, path, answered, passed, timesOf(times));
      this.keepFromNowOn(exchange);
    }
  }

  private onRequestFilterEnded(prepared: GuestExchange, threw: boolean, value: unknown): HeadersStatus {
    let status: HeadersStatus = HeadersStatus.StopIteration;
    try {
      status = prepared.onFilterEnded(threw, value);
    } catch (error) {
      prepared.filterFailed("request", error);
    }
    currentEvent.starting = undefined;
    // Nobody but the engine is to hold it.
    currentEvent.lastRunning = prepared.instance;
    if (prepared.overAtOnce) {
      prepared.noteOrigin();
    } else {
      this.keep(prepared);
    }
    return status;
  }

  private onResponseFilterEnded(prepared: GuestExchange, threw: boolean, value: unknown): HeadersStatus {
    let status: HeadersStatus = HeadersStatus.StopIteration;
    try {
      status = prepared.onFilterEnded(threw, value);
    } catch (error) {
      prepared.filterFailed("response", error);
    }
    currentEvent.starting = undefined;
    currentEvent.lastRunning = prepared.instance;
    if (!prepared.overWithBothHeads) {
      this.keepFromNowOn(prepared);
    }
    return status;
  }

  /** More events of an exchange are wanted. */
  private keep(exchange: GuestExchange): void {
    exchange.keepRequest();
    this.keepFromNowOn(exchange);
  }

  private keepFromNowOn(exchange: GuestExchange): void {
    this.exchanges.add(exchange);
    this.access.services.keep?.(exchange.id);
  }

  onRequestBody(contextId: number, bodySize: number, endOfStream: boolean): DataStatus {
    return this.later(contextId, "request", DataStatus.Continue, DataStatus.StopIterationAndBuffer, (exchange) =>
      exchange.onRequestBody(bodySize, endOfStream),
    );
  }

  onRequestTrailers(contextId: number): TrailersStatus {
    return this.later(contextId, "request", TrailersStatus.Continue, TrailersStatus.StopIteration, (exchange) =>
      exchange.onRequestTrailers(),
    );
  }

  /** For most policies with a response filter the last event of an exchange. */
  onResponseHeaders(contextId: number, _headerCount: number, endOfStream: boolean): HeadersStatus {
    const exchange = this.exchanges.get(contextId);
    if (exchange === undefined) {
      return HeadersStatus.Continue;
    }
    this.access.enter(contextId, contextId);
    this.tellWhose(exchange);
    let status: HeadersStatus = HeadersStatus.StopIteration;
    try {
      status = exchange.onResponseHeaders(endOfStream);
    } catch (error) {
      exchange.filterFailed("response", error);
    }
    if (exchange.overWithBothHeads) {
      this.exchanges.take(contextId);
      exchange.release();
      this.access.services.forget?.(contextId);
    }
    if (this.access.leaves) {
      this.access.leave();
    }
    return status;
  }

  protected onStreamDone(contextId: number): void {
    this.later(contextId, "response", undefined, undefined, (exchange) => {
      exchange.end();
      exchange.noteOrigin();
    });
    this.exchanges.take(contextId)?.release();
  }

  protected leavesExchanges(root: PolicyInstance): void {
    for (const exchange of this.exchanges.values()) {
      if (exchange.instance === root) {
        exchange.onRemoved();
      }
    }
  }

  onCutOff(contextId: number, stack: string, ofEvent: boolean, user = 0): boolean {
    const ran = whoRuns();
    const { starting } = currentEvent;
    const fail = (id: number): boolean => {
      const failed = starting?.id === id ? starting : this.exchanges.get(id);
      failed?.onCutOff(stack);
      // What follows of a response goes no further; of a request the host tells nothing more.
      if (failed === starting && failed instanceof GuestExchange && failed.hasResponse) {
        this.keepFromNowOn(failed);
      }
      return failed !== undefined;
    };
    const configures = this.instances.some((instance) => instance.configures);
    afterCutOff(this.access, this.roots.values());
    if (!fail(contextId)) {
      this.cutOffOfNone(contextId, ran, stack, user);
    }
    if (ofEvent) {
      currentEvent.message = undefined;
      currentEvent.starting = undefined;
      // The exchange whose event it was did not get to its end either.
      const { running } = this.access;
      if (running !== contextId) {
        fail(running);
      }
    }
    return ofEvent && configures;
  }

  /** One use alone has the limit that code has which is nobody's. */
  private tellWhose(exchange: GuestExchange): void {
    if (this.only === undefined) {
      exchange.beginPiece();
    }
  }

  /** An event of an exchange after its first one. */
  private later<Answer>(
    contextId: number,
    phase: Phase,
    unknown: Answer,
    failed: Answer,
    event: (exchange: GuestExchange) => Answer,
  ): Answer {
    const exchange = this.exchanges.get(contextId);
    if (exchange === undefined) {
      return unknown;
    }
    this.access.enter(contextId, contextId);
    this.tellWhose(exchange);
    let answer = failed;
    try {
      answer = event(exchange);
    } catch (error) {
      exchange.filterFailed(phase, error);
    }
    this.access.leave();
    return answer;
  }
}
