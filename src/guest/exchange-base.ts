/**
 * What an exchange is before anything happens in it: its messages, what its filters' contexts are made of, and its way to
 * the host.
 *
 * Fields are only declared, here and in `GuestExchange`: QuickJS pays for each that an object defines, and most exchanges
 * set four of them.
 */
import { LogLevel, MapType } from "../abi/constants.js";
import type { Logger } from "../policy/logger.js";
import { hideFields } from "../policy/opaque.js";
import type { RequestData } from "../policy/request-data.js";
import type { RequestState } from "../policy/request-states.js";
import type { Response } from "../policy/response.js";
import { Mode } from "./body-message.js";
import type { Running } from "./current-event.js";
import type { Direction } from "./direction.js";
import { ContextParts, ExchangeContext } from "./exchange-context.js";
import { GuestMessage } from "./guest-message.js";
import type { PolicyInstance } from "./instance.js";
import type { LogOrigin } from "./log.js";
import type { ExchangeCalls, MessageOwner } from "./message-owner.js";
import { requestNotKept } from "./moved-on.js";
import type { PluginConfiguration } from "./plugin-configuration.js";
import type { KeptRequest } from "./properties.js";
import type { Timers } from "./timers.js";
import type { UseStats } from "./use-stats.js";

export abstract class ExchangeBase implements MessageOwner, Running, KeptRequest {
  declare instance: PolicyInstance;
  declare id: number;
  /** Why the exchange cannot be changed any more; undefined while it can. */
  declare over: string | undefined;
  declare protected requestMessage?: GuestMessage | undefined;
  declare protected responseMessage?: GuestMessage | undefined;
  declare protected contextParts?: ContextParts | undefined;
  declare protected ownContext?: ExchangeContext | undefined;

  /** The client asked with HEAD; where the policy may replace bodies. */
  declare headRequest?: true;
  /** Some of its code may run when it is over. */
  declare protected handedOver?: true;
  /** What log lines say of it then. */
  declare origin?: Omit<LogOrigin, "policy">;
  declare keptId?: string | undefined;
  declare keptPath?: string | undefined;

  abstract readonly requestData: RequestData<unknown>;
  abstract bodyTooLarge(direction: Direction): void;
  abstract messageFailed(direction: Direction, error: unknown): void;
  abstract bodyWaitChanged(direction: Direction): void;
  abstract sendResponse(response: Response): void;
  abstract lateCodeCutOff(stack: string): void;

  get request(): GuestMessage {
    return (this.requestMessage ??= GuestMessage.begin(this, false, false));
  }

  get response(): GuestMessage {
    return (this.responseMessage ??= GuestMessage.begin(this, true, false));
  }

  get parts(): ContextParts {
    return (this.contextParts ??= new ContextParts(this));
  }

  /** Its filters' second parameter. */
  get context(): ExchangeContext {
    return (this.ownContext ??= new ExchangeContext(this));
  }

  get logger(): Logger {
    return this.parts.logger;
  }

  get timers(): Timers {
    return this.instance.timers;
  }

  get stats(): UseStats {
    return this.instance.stats;
  }

  get settings(): PluginConfiguration {
    return this.instance.settings;
  }

  host(): ExchangeCalls {
    const { access } = this.instance;
    return access.effective === this.id ? access.calls : access.as(this.id);
  }

  /** In another exchange's event an answer or a resumption would stop that one (Envoy's flag is for the whole VM). */
  protected get mayAct(): boolean {
    const { running } = this.instance.access;
    return running <= 0 || running === this.id;
  }

  act(action: () => void): void {
    if (this.mayAct) {
      action();
    } else {
      this.later(action);
    }
  }

  later(action: () => void): void {
    this.instance.later(() => {
      if (this.over === undefined) {
        action();
      }
    });
  }

  runMicrotasks(): void {
    this.instance.runMicrotasks();
  }

  beginPiece(): void {
    this.instance.access.services.beginPiece?.(this.instance.user);
  }

  logThrown(message: string, error: unknown): void {
    this.instance.logError(LogLevel.Error, this.logger, message, error);
  }

  logWarning(message: string, error: unknown): void {
    this.instance.logError(LogLevel.Warn, this.logger, message, error);
  }

  handsOver(): void {
    this.handedOver = true;
  }

  /** Inside its last event: the host will not know it any more when code of it runs later. */
  noteOrigin(): void {
    if (this.handedOver === true) {
      const { routeName, requestId } = this.parts.properties;
      this.origin = { route: routeName, request: requestId };
    }
  }

  /** Hosts do not tell the method any more when the request has gone on. */
  protected noteHeadRequest(): void {
    if (this.host().getHeaderMapValue(MapType.RequestHeaders, ":method") === "HEAD") {
      this.headRequest = true;
    }
  }

  /** Nor the head, of which later filters may ask. */
  protected keepHead(request: GuestMessage): void {
    request.ofHead().loadToKeep(this.host().getHeaderMapPairs(MapType.RequestHeaders));
  }

  /** The request as it left this policy, or will; as it came, where it goes nowhere. */
  get sentRequest(): RequestState {
    const { request } = this;
    if (!this.instance.keepsRequests || (this.requestData.kind === "pending" && !request.headOut)) {
      throw requestNotKept();
    }
    if (!request.headOut && request.mode !== Mode.Passed) {
      request.ofHead().discardEdits();
    }
    return this.parts.requestOf(request);
  }

  /** Inside its first event: Envoy cannot read the head any more once it has gone on, and log lines name the request until the end. */
  keepRequest(): void {
    const host = this.host();
    const id = host.getHeaderMapValue(MapType.RequestHeaders, "x-request-id");
    if (id !== undefined) {
      this.keptId = id;
    }
    if (this.instance.uses.properties) {
      const path = host.getHeaderMapValue(MapType.RequestHeaders, ":path");
      if (path !== undefined) {
        this.keptPath = path;
      }
    }
  }

  get user(): number {
    return this.instance.user;
  }

  tellEngine(): void {
    this.instance.access.runs(this.id, this.user);
  }

  /** Its last event is over: breaks the cycles, which QuickJS would otherwise keep until it walks its whole heap. */
  release(): void {
    this.requestMessage = undefined;
    if (this.responseMessage !== undefined) {
      this.responseMessage = undefined;
    }
    if (this.contextParts !== undefined) {
      this.contextParts = undefined;
    }
    if (this.ownContext !== undefined) {
      this.ownContext = undefined;
    }
  }
}

// States have one.
hideFields(GuestMessage);
