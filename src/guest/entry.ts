/** What the bundle of a policy is made of: the guest's events for one policy, on whatever engine. */
import { DataStatus, HeadersStatus, TrailersStatus } from "../abi/constants.js";
import type { EngineServices, GuestEvents, Hostcalls, PolicyBundle } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import type { Policy } from "../policy/define.js";
import { checkConfig } from "./configure.js";
import type { AnyDefinition } from "./configure.js";
import { ContextTable } from "./context-table.js";
import { GuestExchange } from "./exchange.js";
import { HostAccess } from "./host-access.js";
import { PolicyInstance } from "./instance.js";

export { sluiceAsync } from "./frame.js";

/** @throws SluiceError `POLICY_DEFINITION` when the default export of the policy's file is no policy */
export function createPolicyBundle(policy: unknown): PolicyBundle {
  const definition = (policy as Policy | undefined)?.definition as AnyDefinition | undefined;
  if (typeof definition !== "object") {
    throw new SluiceError("POLICY_DEFINITION", "The default export of the policy's file: expected what definePolicy({ … }) returns.");
  }
  return {
    createGuest: (host, services) => new Guest(definition, host, services ?? {}),
    checkConfig(config) {
      const checked = checkConfig(definition, config);
      return checked.ok ? [] : checked.problems;
    },
  };
}

/** Finds the instance or exchange of each event, and lets no exception out. */
class Guest implements GuestEvents {
  readonly #definition: AnyDefinition;
  readonly #access: HostAccess;
  readonly #services: EngineServices;
  readonly #instances = new Map<number, PolicyInstance>();
  readonly #exchanges = new ContextTable<GuestExchange>();

  constructor(definition: AnyDefinition, host: Hostcalls, services: EngineServices) {
    this.#definition = definition;
    this.#access = new HostAccess(host);
    this.#services = services;
  }

  onContextCreate(contextId: number, parentContextId: number): void {
    this.#access.enter(contextId, 0);
    if (parentContextId === 0) {
      this.#instances.set(contextId, new PolicyInstance(contextId, this.#access, this.#definition, this.#services));
    } else {
      const instance = this.#instances.get(parentContextId);
      if (instance !== undefined) this.#exchanges.add(new GuestExchange(instance, contextId));
    }
    this.#access.leave();
  }

  onVmStart(): boolean {
    return true;
  }

  onConfigure(rootContextId: number, pluginConfigurationSize: number): boolean {
    return this.#root(rootContextId, (instance) => instance.onConfigure(pluginConfigurationSize)) ?? false;
  }

  onTick(rootContextId: number): void {
    this.#root(rootContextId, (instance) => { instance.onTick(); });
  }

  onHttpCallResponse(rootContextId: number, token: number, headerCount: number, bodySize: number): void {
    this.#root(rootContextId, (instance) => { instance.onHttpCallResponse(token, headerCount, bodySize); });
  }

  onRequestHeaders(contextId: number, _headerCount: number, endOfStream: boolean): HeadersStatus {
    const exchange = this.#enter(contextId);
    if (exchange === undefined) return HeadersStatus.Continue;
    try {
      return exchange.onRequestHeaders(endOfStream);
    } catch (error) {
      exchange.filterFailed("request", error);
      return HeadersStatus.StopIteration;
    } finally {
      exchange.runMicrotasks();
      this.#access.leave();
    }
  }

  onRequestBody(contextId: number, bodySize: number, endOfStream: boolean): DataStatus {
    const exchange = this.#enter(contextId);
    if (exchange === undefined) return DataStatus.Continue;
    try {
      return exchange.onRequestBody(bodySize, endOfStream);
    } catch (error) {
      exchange.filterFailed("request", error);
      return DataStatus.StopIterationAndBuffer;
    } finally {
      exchange.runMicrotasks();
      this.#access.leave();
    }
  }

  onRequestTrailers(contextId: number): TrailersStatus {
    const exchange = this.#enter(contextId);
    if (exchange === undefined) return TrailersStatus.Continue;
    try {
      return exchange.onRequestTrailers();
    } catch (error) {
      exchange.filterFailed("request", error);
      return TrailersStatus.StopIteration;
    } finally {
      exchange.runMicrotasks();
      this.#access.leave();
    }
  }

  onResponseHeaders(contextId: number, _headerCount: number, endOfStream: boolean): HeadersStatus {
    const exchange = this.#enter(contextId);
    if (exchange === undefined) return HeadersStatus.Continue;
    try {
      return exchange.onResponseHeaders(endOfStream);
    } catch (error) {
      exchange.filterFailed("response", error);
      return HeadersStatus.StopIteration;
    } finally {
      exchange.runMicrotasks();
      this.#access.leave();
    }
  }

  onResponseBody(contextId: number, bodySize: number, endOfStream: boolean): DataStatus {
    const exchange = this.#enter(contextId);
    if (exchange === undefined) return DataStatus.Continue;
    try {
      return exchange.onResponseBody(bodySize, endOfStream);
    } catch (error) {
      exchange.filterFailed("response", error);
      return DataStatus.StopIterationAndBuffer;
    } finally {
      exchange.runMicrotasks();
      this.#access.leave();
    }
  }

  onResponseTrailers(contextId: number): TrailersStatus {
    const exchange = this.#enter(contextId);
    if (exchange === undefined) return TrailersStatus.Continue;
    try {
      return exchange.onResponseTrailers();
    } catch (error) {
      exchange.filterFailed("response", error);
      return TrailersStatus.StopIteration;
    } finally {
      exchange.runMicrotasks();
      this.#access.leave();
    }
  }

  onLog(contextId: number): void {
    const exchange = this.#enter(contextId);
    try {
      exchange?.onLog();
    } catch (error) {
      exchange?.filterFailed("response", error);
    } finally {
      exchange?.runMicrotasks();
      this.#access.leave();
    }
  }

  onDone(contextId: number): boolean {
    this.#root(contextId, (instance) => {
      for (const exchange of this.#exchanges.values()) {
        if (exchange.instance === instance) exchange.onRemoved();
      }
      instance.close();
    });
    return true;
  }

  onDelete(contextId: number): void {
    if (!this.#exchanges.delete(contextId)) this.#instances.delete(contextId);
  }

  #enter(contextId: number): GuestExchange | undefined {
    this.#access.enter(contextId, contextId);
    return this.#exchanges.get(contextId);
  }

  #root<T>(rootContextId: number, event: (instance: PolicyInstance) => T): T | undefined {
    const instance = this.#instances.get(rootContextId);
    if (instance === undefined) return undefined;
    this.#access.enter(rootContextId, 0);
    try {
      const result = event(instance);
      instance.runMicrotasks();
      return result;
    } catch (error) {
      instance.logger.error("INTERNAL: the guest failed in an event of its root context", { error });
      return undefined;
    } finally {
      this.#access.leave();
    }
  }
}
