/** The guest's events for one policy, on whatever engine: finds the instance or exchange of each, and lets no exception out. */
import { DataStatus, HeadersStatus, TrailersStatus } from "../abi/constants.js";
import type { PolicyUses } from "../abi/policy-uses.js";
import {
  type EngineServices,
  FilterEnd,
  type GuestEvents,
  type Hostcalls,
  type PreparedExchange,
} from "../abi/port.js";
import { BreakFlow } from "../policy/flow.js";
import { parseJsonBy } from "../policy/json-body.js";
import type { AnyDefinition } from "./configure.js";
import { ContextTable } from "./context-table.js";
import { currentEvent } from "./current-event.js";
import { afterCutOff, logUnhandled } from "./ended-code.js";
import { GuestExchange } from "./exchange.js";
import { timesOf } from "./exchange-summary.js";
import type { Phase } from "./filter-runner.js";
import { HostAccess } from "./host-access.js";
import { PolicyInstance } from "./instance.js";
import { quickenHeads } from "./native-heads.js";
import { NewContexts } from "./new-contexts.js";
import { canBePrepared, prepareExchange } from "./prepared-exchange.js";
import { whoRuns } from "./running.js";
import { flushCountsSoon } from "./use-stats.js";

export class Guest implements GuestEvents {
  /** Where the policy has `onDone`. Hosts take time for each event that a guest hears of. */
  readonly onLog?: (contextId: number) => void;
  readonly onResponseBody?: (contextId: number, bodySize: number, endOfStream: boolean) => DataStatus;
  readonly onResponseTrailers?: (contextId: number) => TrailersStatus;
  /** Where that saves time. */
  readonly prepareExchange?: (rootContextId: number) => PreparedExchange | null | undefined;
  readonly onCounted?: (rootContextId: number) => void;
  private readonly definition: AnyDefinition;
  private readonly uses: PolicyUses;
  private readonly access: HostAccess;
  private readonly instances = new Map<number, PolicyInstance>();
  /** The one instance, where there is no other: every stream is its. */
  private only: PolicyInstance | undefined;
  private readonly newContexts = new NewContexts();
  /** Those of which more events are wanted. */
  private readonly exchanges = new ContextTable<GuestExchange>();

  constructor(definition: AnyDefinition, host: Hostcalls, services: EngineServices, uses: PolicyUses) {
    this.definition = definition;
    this.uses = uses;
    this.access = new HostAccess(host, services);
    if (services.parseJson !== undefined) {
      parseJsonBy(services.parseJson);
    }
    quickenHeads(services, host);
    if (definition.onDone !== undefined) {
      this.onLog = (contextId) => {
        this.later(contextId, "response", undefined, undefined, (exchange) => {
          exchange.onLog();
        });
      };
    }
    if (canBePrepared(definition, uses)) {
      this.prepareExchange = (rootContextId) => {
        const instance = this.instances.get(rootContextId);
        if (instance === undefined) {
          return undefined;
        }
        return instance.state === "ready" ? prepareExchange(GuestExchange.begin(instance, 0), 1) : null;
      };
      this.onCounted = (rootContextId) => {
        const timers = this.instances.get(rootContextId)?.timers;
        if (timers !== undefined) {
          flushCountsSoon(this.access, timers);
        }
      };
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

  onContextCreate(contextId: number, parentContextId: number): void {
    if (parentContextId !== 0) {
      if (this.only === undefined) {
        this.newContexts.add(contextId, parentContextId);
      }
      return;
    }
    this.access.enter(contextId, 0);
    this.instances.set(contextId, new PolicyInstance(contextId, this.access, this.definition, this.uses));
    this.findOnly();
    this.access.leave();
  }

  onVmStart(): boolean {
    return true;
  }

  onConfigure(rootContextId: number, pluginConfigurationSize: number): boolean {
    return this.root(rootContextId, (instance) => instance.onConfigure(pluginConfigurationSize)) ?? false;
  }

  onTick(rootContextId: number): void {
    this.root(rootContextId, (instance) => {
      instance.onTick();
    });
  }

  onHttpCallResponse(rootContextId: number, token: number, headerCount: number, bodySize: number): void {
    this.root(rootContextId, (instance) => {
      instance.onHttpCallResponse(token, headerCount, bodySize);
    });
  }

  /** The first event of an exchange, and for most the last one that this policy has to do with. */
  onRequestHeaders(contextId: number, _headerCount: number, endOfStream: boolean): HeadersStatus {
    const instance = this.only ?? this.instances.get(this.newContexts.take(contextId));
    if (instance === undefined) {
      return HeadersStatus.Continue;
    }
    this.access.enter(contextId, contextId);
    const exchange = GuestExchange.begin(instance, contextId);
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
  onFilterEnded(exchange: object, end: FilterEnd, value: unknown, ...times: (number | undefined)[]): HeadersStatus {
    const prepared = exchange as GuestExchange;
    prepared.takeTimes(timesOf(times));
    // What is made of the value may be the policy's code, too.
    currentEvent.starting = prepared;
    return prepared.hasResponse
      ? this.onResponseFilterEnded(prepared, end, value)
      : this.onRequestFilterEnded(prepared, end, value);
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
    const instance = this.instances.get(rootContextId);
    if (instance !== undefined) {
      const exchange = GuestExchange.resumed(instance, contextId);
      exchange.resume(data, requestId, path, answered, passed, timesOf(times));
      this.keepFromNowOn(exchange);
    }
  }

  private onRequestFilterEnded(prepared: GuestExchange, end: FilterEnd, value: unknown): HeadersStatus {
    let status: HeadersStatus = HeadersStatus.StopIteration;
    try {
      if (end === FilterEnd.Untouched && value instanceof BreakFlow && !prepared.instance.seesResponses) {
        prepared.breakAtOnce(value.response);
        currentEvent.starting = undefined;
        return status;
      }
      status = prepared.onFilterEnded(end === FilterEnd.Threw, value);
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

  private onResponseFilterEnded(prepared: GuestExchange, end: FilterEnd, value: unknown): HeadersStatus {
    let status: HeadersStatus = HeadersStatus.StopIteration;
    try {
      status = prepared.onResponseFilterEnded(end === FilterEnd.Threw, value);
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

  /** The last event of a context: what the guest has of it is forgotten. */
  onDone(contextId: number): boolean {
    const instance = this.instances.get(contextId);
    if (instance !== undefined) {
      this.root(contextId, () => {
        this.remove(instance);
      });
      this.instances.delete(contextId);
      this.findOnly();
    } else {
      this.later(contextId, "response", undefined, undefined, (exchange) => {
        exchange.end();
        exchange.noteOrigin();
      });
      this.exchanges.take(contextId)?.release();
      this.newContexts.take(contextId);
    }
    return true;
  }

  private findOnly(): void {
    const [first, second] = this.instances.values();
    this.only = second === undefined ? first : undefined;
  }

  private remove(instance: PolicyInstance): void {
    for (const exchange of this.exchanges.values()) {
      if (exchange.instance === instance) {
        exchange.onRemoved();
      }
    }
    instance.close();
  }

  onCutOff(contextId: number, stack: string, ofEvent: boolean): void {
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
    afterCutOff(this.access, this.instances.values());
    if (!fail(contextId)) {
      const [instance] = this.instances.values();
      const known = ran !== undefined && (ran.id === contextId || this.instances.has(ran.id));
      (known ? ran : instance)?.lateCodeCutOff(stack);
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
  }

  onUnhandled(error: unknown, promise: object | undefined, certain: boolean): boolean {
    const [instance] = this.instances.values();
    return logUnhandled(error, promise, certain, instance);
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
    let answer = failed;
    try {
      answer = event(exchange);
    } catch (error) {
      exchange.filterFailed(phase, error);
    }
    this.access.leave();
    return answer;
  }

  private root<T>(rootContextId: number, event: (instance: PolicyInstance) => T): T | undefined {
    const instance = this.instances.get(rootContextId);
    if (instance === undefined) {
      return undefined;
    }
    this.access.enter(rootContextId, 0);
    try {
      return event(instance);
    } catch (error) {
      instance.logger.error("INTERNAL: the guest failed in an event of its root context", { error });
      return undefined;
    } finally {
      this.access.leave();
    }
  }
}
