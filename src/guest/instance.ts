/** One policy with one configuration (a root context): configures itself, and holds what its exchanges share. */
import { answerDetails } from "../abi/answer-details.js";
import { BufferType, LogLevel } from "../abi/constants.js";
import type { PolicyUses } from "../abi/policy-uses.js";
import { SluiceError } from "../errors.js";
import type { PolicyClock } from "../policy/context.js";
import { KitPromise } from "../policy/kit-promise.js";
import type { Logger } from "../policy/logger.js";
import type { CancelReason } from "../policy/request-data.js";
import { runAll } from "../policy/run-all.js";
import type { OpenCalls } from "../policy/service-port.js";
import { messageOf, stackOf, textOf } from "../thrown.js";
import { AbortController } from "./abort.js";
import { type AnyDefinition, checkConfig } from "./configure.js";
import { GuestConfigureContext } from "./configure-context.js";
import type { Running } from "./current-event.js";
import type { HostAccess } from "./host-access.js";
import { GuestLogger } from "./log.js";
import { type PluginConfiguration, readPluginConfiguration } from "./plugin-configuration.js";
import { codeNobodyWaitsFor, restoreRunning, resumeRunning, setRunning } from "./running.js";
import { longestDelay, Timers } from "./timers.js";
import { noStats, UseStats } from "./use-stats.js";

/** Milliseconds that `configure` may take, and that a request waits for it. */
const configureLimit = 5_000;
const firstRetryPause = 1_000;
const longestRetryPause = 30_000;

interface ConfigureCall {
  over: boolean;
  cancelLimit: () => void;
}

/** `short`: configured, but what it keeps has used up the memory. */
type State = "configuring" | "ready" | "short" | "failed";

export class PolicyInstance implements Running {
  readonly id: number;
  readonly access: HostAccess;
  readonly definition: AnyDefinition;
  readonly uses: PolicyUses;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly clock: PolicyClock;
  /** For engines that tell uses of policies apart. */
  readonly user: number;
  /** Once one was made. */
  calls: OpenCalls | undefined = undefined;
  /** Times are taken, for `onDone`. */
  readonly measures: boolean;
  /** Every exchange is followed to its response, or its end. */
  readonly seesResponses: boolean;
  /** Its exchanges note whether they were asked for a head only, which nobody can tell any more when the response comes. */
  readonly notesHeadRequests: boolean;
  /** Its later filters may ask for the request. */
  readonly keepsRequests: boolean;
  settings: PluginConfiguration = readPluginConfiguration("");
  stats = noStats;
  /** Whose answers they are, for the access log. */
  answerDetails = "";
  config: unknown = undefined;
  resources: unknown = undefined;
  state: State = "configuring";
  /** `configure` has been called, where there is one. */
  begun = false;
  private waiting: ((ready: boolean) => void)[] = [];
  private retryPause = firstRetryPause;
  private closed = false;
  /** The call of `configure` that has not returned. */
  private calling: ConfigureCall | undefined;
  /** Of what `configure` begins. */
  private controller = new AbortController();

  /** `timers`: those of the root context, where it has other uses, too. */
  constructor(
    id: number,
    access: HostAccess,
    definition: AnyDefinition,
    uses: PolicyUses,
    timers: Timers = new Timers(access, id),
  ) {
    this.id = id;
    this.access = access;
    this.definition = definition;
    this.uses = uses;
    this.measures = definition.onDone !== undefined;
    this.seesResponses = this.measures || definition.onResponse !== undefined;
    this.notesHeadRequests = uses.setBody && definition.onResponse !== undefined;
    this.keepsRequests = uses.request && this.seesResponses;
    this.timers = timers;
    this.user = access.users.take();
    this.logger = new GuestLogger(access, () => ({ policy: this.settings.name }));
    this.clock = {
      now: () => access.now(),
      sleep: (milliseconds) => {
        if (typeof milliseconds !== "number" || !(milliseconds <= longestDelay)) {
          throw new SluiceError(
            "SLEEP_TIME",
            `clock.sleep(): expected milliseconds up to ${longestDelay}, got ${textOf(milliseconds)}.`,
          );
        }
        const slept = new KitPromise<void>();
        this.timers.schedule(milliseconds, () => {
          slept.resolve();
        });
        return slept;
      },
    };
  }

  /** As a root context, of which it is the only use. */
  get instances(): readonly PolicyInstance[] {
    return [this];
  }

  /** Code of its `configure` runs. */
  get configures(): boolean {
    return this.calling !== undefined;
  }

  /** Whether its filters can run. */
  get isConfigured(): boolean {
    return this.state === "ready" || this.state === "short";
  }

  /** Aborted when it goes, and when `configure` has failed: the next attempt gets another one. */
  get signal(): AbortSignal {
    // Where policies are checked with Node's types, those say more of a signal.
    return this.controller.signal as unknown as AbortSignal;
  }

  /** Reads and checks the configuration and begins to configure. false: refused. */
  onConfigure(size: number): boolean {
    this.timers.open();
    const bytes =
      size === 0 ? undefined : this.access.as(this.id).getBufferBytes(BufferType.PluginConfiguration, 0, size);
    let settings: PluginConfiguration;
    try {
      settings = readPluginConfiguration(bytes === undefined ? "" : new TextDecoder().decode(bytes));
    } catch (error) {
      this.refuse(error);
      return false;
    }
    if (!this.accepts(settings)) {
      return false;
    }
    this.access.services.setLimits?.(settings.callbackMilliseconds, settings.memoryBytes);
    this.begin();
    return true;
  }

  /** Takes its settings, and checks the policy's configuration. */
  accepts(settings: PluginConfiguration): boolean {
    this.settings = settings;
    try {
      this.answerDetails = answerDetails(this.settings.name);
      this.access.services.limitUse?.(this.user, this.access.users.limitOf(this.user, settings.callbackMilliseconds));
      this.access.services.beginPiece?.(this.user, true);
      const checked = checkConfig(this.definition, this.settings.config);
      if (!checked.ok) {
        const problems = checked.problems.map(
          ({ path, message }) => `config${path === "" ? "" : `.${path}`}: ${message}`,
        );
        this.logger.error(`CONFIG_REFUSED: ${problems.join("; ")}`);
        return false;
      }
      this.config = checked.config;
      if (settings.metrics) {
        this.stats = new UseStats(this.access, settings.name, settings.route);
      }
      return true;
    } catch (error) {
      this.refuse(error);
      return false;
    }
  }

  /** Begins to configure. */
  begin(): void {
    this.begun = true;
    if (this.definition.configure === undefined) {
      this.state = "ready";
    } else {
      this.configure();
    }
  }

  private refuse(error: unknown): void {
    this.logError(LogLevel.Error, this.logger, `CONFIG_REFUSED: ${messageOf(error)}`, error);
  }

  onHttpCallResponse(token: number, headerCount: number, bodySize: number): void {
    this.calls?.onResponse(token, headerCount, bodySize);
  }

  /** The policy goes. */
  close(): void {
    this.closed = true;
    this.controller.abort("policy-removed" satisfies CancelReason);
    this.timers.close();
    this.access.users.giveBack(this.user);
    this.access.hasRoomAgain(this);
    void this.dispose(this.resources);
  }

  /**
   * Calls back once, with whether there is a configuration: configure() has its limit, so at the latest when that is over.
   * Returns how to leave.
   */
  whenConfigured(callback: (ready: boolean) => void): () => void {
    if (this.state === "failed" || this.state === "short") {
      callback(false);
      return () => undefined;
    }
    this.waiting.push(callback);
    return () => {
      this.waiting = this.waiting.filter((other) => other !== callback);
    };
  }

  /** Exchanges that begin are refused until the memory has room. */
  goWithoutMemory(pause = firstRetryPause): void {
    if (this.state !== "ready" && this.state !== "short") {
      return;
    }
    this.state = "short";
    this.access.goesWithout(this);
    this.timers.schedule(pause, () => {
      if (this.access.services.hasRoom?.() !== true) {
        this.goWithoutMemory(Math.min(pause * 2, longestRetryPause));
        return;
      }
      this.state = "ready";
      this.access.hasRoomAgain(this);
      this.logger.info("There is memory for the policy's requests again.");
    });
  }

  /** Runs `action` in an event of no exchange, soon. */
  later(action: () => void): void {
    this.timers.schedule(0, action);
  }

  /** Runs code that is its own and no exchange's. */
  run<T>(code: () => T): T {
    const before = resumeRunning(this);
    try {
      return code();
    } finally {
      restoreRunning(before);
    }
  }

  runMicrotasks(): void {
    this.access.services.runMicrotasks?.();
  }

  tellEngine(): void {
    this.access.runs(0, this.user);
  }

  handsOver(): void {
    // It outlives all its code.
  }

  lateCodeCutOff(stack: string): void {
    const { calling } = this;
    if (calling !== undefined) {
      this.calling = undefined;
      calling.over = true;
      calling.cancelLimit();
      const error = new Error(`configure() ran longer than ${configureLimit} ms without a pause.`);
      error.stack = stack;
      this.configureFailed(error);
      return;
    }
    this.stats.codeCutOff();
    const limit = this.settings.callbackMilliseconds;
    this.logger.error(`FILTER_LOOP: ${codeNobodyWaitsFor} ran longer than ${limit} ms without a pause.`, {
      stack,
    });
  }

  logThrown(message: string, error: unknown): void {
    this.logError(LogLevel.Error, this.logger, message, error);
  }

  logError(level: LogLevel, logger: Logger, message: string, error: unknown): void {
    const { mapStack } = this.access.services;
    const fields: Record<string, unknown> = { error };
    const stack = stackOf(error);
    if (stack !== undefined) {
      fields["stack"] = mapStack?.(stack) ?? stack;
    }
    if (level >= LogLevel.Error) {
      logger.error(message, fields);
    } else {
      logger.warn(message, fields);
    }
  }

  private configure(): void {
    const call: ConfigureCall = { over: false, cancelLimit: () => undefined };
    call.cancelLimit = this.timers.schedule(configureLimit, () => {
      call.over = true;
      this.configureFailed(new Error(`configure() took longer than ${configureLimit} ms.`));
    });
    const before = setRunning(this);
    this.calling = call;
    this.access.services.beginPiece?.(this.user, true);
    const configuring = new Promise((resolve) => {
      resolve(this.definition.configure?.(new GuestConfigureContext(this)));
    });
    this.access.services.beginPiece?.(0);
    this.calling = undefined;
    restoreRunning(before);
    configuring.then(
      (resources) => {
        call.cancelLimit();
        if (call.over || this.closed) {
          void this.dispose(resources);
        } else {
          this.configured(resources);
        }
      },
      (error: unknown) => {
        call.cancelLimit();
        if (!call.over && !this.closed) {
          this.configureFailed(error);
        }
      },
    );
  }

  private configured(resources: unknown): void {
    this.resources = resources;
    this.state = "ready";
    this.wake(true);
  }

  private configureFailed(error: unknown): void {
    this.state = "failed";
    this.controller.abort("failed" satisfies CancelReason);
    this.controller = new AbortController();
    this.logError(
      LogLevel.Error,
      this.logger,
      `CONFIGURE_FAILED: configure() failed; the next try is in ${this.retryPause} ms`,
      error,
    );
    this.wake(false);
    this.timers.schedule(this.retryPause, () => {
      this.configure();
    });
    this.retryPause = Math.min(this.retryPause * 2, longestRetryPause);
  }

  private wake(ready: boolean): void {
    const waiting = this.waiting;
    this.waiting = [];
    runAll(
      waiting.map((waiter) => () => {
        waiter(ready);
      }),
    );
  }

  private async dispose(resources: unknown): Promise<void> {
    if (typeof resources !== "object" || resources === null) {
      return;
    }
    try {
      await disposer(resources)?.call(resources);
    } catch (error) {
      this.logError(LogLevel.Warn, this.logger, "What configure() had made could not be disposed of", error);
    }
  }
}

// Engines without these symbols have nothing to dispose of.
const { dispose, asyncDispose } = Symbol as { dispose?: symbol; asyncDispose?: symbol };

function disposer(resources: object): ((this: object) => unknown) | undefined {
  const methods = resources as Record<symbol, unknown>;
  const method = (asyncDispose && methods[asyncDispose]) ?? (dispose && methods[dispose]);
  return typeof method === "function" ? (method as (this: object) => unknown) : undefined;
}
