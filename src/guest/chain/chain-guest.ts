/**
 * The guest's events for a chain of policies in one module: to the host they are one filter. Heads pass the policies by `HeadPass`; this is what
 * comes after them, which concerns nobody but the exchanges that are kept and their chains.
 */
import { DataStatus, TrailersStatus } from "../../abi/constants.js";
import type { EngineServices, GuestEvents, Hostcalls, PreparedExchange } from "../../abi/port.js";
import { currentEvent } from "../current-event.js";
import { type Direction, requestDirection, responseDirection } from "../direction.js";
import { afterCutOff } from "../ended-code.js";
import type { ModulePolicy } from "../module-policy.js";
import { canBePrepared } from "../prepared-exchange.js";
import { whoRuns } from "../running.js";
import { ChainedExchange } from "./chained-exchange.js";
import type { GuestChain } from "./guest-chain.js";
import { HeadPass } from "./head-pass.js";
import type { Route } from "./route.js";

export class ChainGuest extends HeadPass implements GuestEvents {
  /** Where one of the policies has `onDone`, or a response filter. Hosts take time for each event that a guest hears of. */
  readonly onLog?: (contextId: number) => void;
  readonly onResponseBody?: (contextId: number, bodySize: number, endOfStream: boolean) => DataStatus;
  readonly onResponseTrailers?: (contextId: number) => TrailersStatus;
  /** Where that may save time. */
  readonly prepareExchange?: (rootContextId: number) => PreparedExchange | null | undefined;
  /** Whose policies are being configured. */
  private beginning?: Route | undefined;

  constructor(policies: readonly ModulePolicy[], host: Hostcalls, services: EngineServices) {
    super(policies, host, services);
    if (policies.some(({ definition }) => definition.onDone !== undefined)) {
      this.onLog = (contextId) => {
        this.atEnd(contextId, (exchange) => {
          exchange.onLog();
        });
      };
    }
    if (policies.some(({ definition, uses }) => canBePrepared(definition, uses))) {
      this.prepareExchange = (rootContextId) => this.prepare(rootContextId);
      this.hearsOfCounts();
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

  override onConfigure(rootContextId: number, pluginConfigurationSize: number): boolean {
    if (!super.onConfigure(rootContextId, pluginConfigurationSize)) {
      return false;
    }
    const routes = [...this.roots.values()].filter(({ instances }) => instances.length > 0);
    this.kept.widen(Math.max(...routes.map(({ instances }) => instances.length)));
    this.access.services.setLimits?.(
      Math.max(...routes.map(({ callbackMilliseconds }) => callbackMilliseconds)),
      Math.max(...routes.map(({ settings }) => settings.memoryBytes)),
    );
    this.beginning = this.roots.get(rootContextId);
    this.access.enter(rootContextId, 0);
    this.beginning?.begin();
    this.access.leave();
    this.beginning = undefined;
    return true;
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

  protected onStreamDone(contextId: number): void {
    this.atEnd(contextId, (exchange) => {
      exchange.end();
      exchange.noteOrigin();
    });
    this.forget(contextId);
  }

  private atEnd(contextId: number, event: (exchange: ChainedExchange) => void): void {
    this.access.enter(contextId, contextId);
    this.chains.get(contextId)?.end();
    for (const exchange of this.kept.of(contextId)) {
      if (exchange !== undefined) {
        this.event(exchange, "response", undefined, () => {
          event(exchange);
        });
      }
    }
    this.access.leave();
  }

  /** The engine has ended running code by force. */
  onCutOff(contextId: number, stack: string, ofEvent: boolean, user = 0): boolean {
    const ran = whoRuns();
    const { called, beginning } = this;
    this.beginning = undefined;
    this.called = undefined;
    currentEvent.message = ofEvent ? undefined : currentEvent.message;
    currentEvent.starting = undefined;
    afterCutOff(this.access, this.roots.values());
    this.chains.get(contextId)?.afterCutOff();
    const ofExchange = [ran, called, ...this.kept.of(contextId)].filter(
      (code) => code instanceof ChainedExchange && code.id === contextId,
    );
    const culprit = ofExchange.find((code) => user === 0 || code?.user === user) as ChainedExchange | undefined;
    if (culprit !== undefined) {
      culprit.onCutOff(stack);
    } else {
      this.cutOffOfNone(contextId, ran, stack, user);
    }
    // The exchange whose event it was did not get to its end either.
    if (ofEvent && called !== undefined && called !== culprit && called.id !== contextId) {
      this.chains.get(called.id)?.afterCutOff();
      called.onCutOff(stack);
    }
    // The others of that route are configured all the same.
    beginning?.timers.schedule(0, () => {
      beginning.begin();
    });
    return beginning !== undefined;
  }
}
