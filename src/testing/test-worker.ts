/** One worker of a test's gateway: an instance of every policy, in a chain. */
import { LogLevel } from "../abi/constants.js";
import { type Chain, createChain } from "../host/chain/chain.js";
import type { LogRecord } from "../host/log-record.js";
import type { RunningPolicy } from "../host/policy-runtime.js";
import type { SharedServices } from "../host/shared/shared-services.js";
import type { LoadedPolicy } from "../loading/loaded-policy.js";
import type { PolicyLoader } from "./load-policies.js";
import type { TestSetup } from "./options.js";
import type { Scheduler } from "./scheduler.js";
import { routeUpstream, type TestUpstreams } from "./test-upstreams.js";
import { type TraceSink, traced } from "./trace.js";
import { trackedCrypto } from "./tracked-crypto.js";
import { virtualTime } from "./virtual-time.js";
import { clockOfWorker, sharedByWorkers } from "./worker-view.js";

/** What a worker needs of its gateway. */
export interface WorkerHost {
  readonly setup: TestSetup;
  readonly scheduler: Scheduler;
  readonly upstreams: TestUpstreams;
  readonly shared: SharedServices;
  /** A policy is there that has to be closed. */
  onStarted(policy: RunningPolicy): void;
  onLog(level: LogLevel, record: LogRecord): void;
  /** A defect of Sluice. */
  onDefect(error: unknown): void;
  /** Where the events of the exchange with this id are noted. */
  traceOf(requestId: string): TraceSink | undefined;
}

/** Throws what starting a policy throws: CONFIG_REFUSED, POLICY_BUNDLE … */
export function startWorker(host: WorkerHost, worker: number, loaders: ReadonlyMap<string, PolicyLoader>): Chain {
  const { setup, scheduler, upstreams } = host;
  const clock = clockOfWorker(worker, scheduler);
  const shared = sharedByWorkers(host.shared, worker, scheduler);
  const globals = { ...virtualTime(scheduler.clock), crypto: trackedCrypto(scheduler) };
  // Uses of one policy share its module's state, as they share a VM in Envoy.
  const loaded = new Map<string, LoadedPolicy>([...loaders].map(([file, load]) => [file, load(globals)]));
  const policies = setup.uses.map((use) => {
    const policy = traced(
      (loaded.get(use.file) as LoadedPolicy).start(
        use,
        // What there is without a policy's doing would stand between what its test looks for.
        { name: "route-0", limits: setup.limits, metrics: { policies: false } },
        {
          name: use.name,
          ...(use.rootId !== undefined && { rootId: use.rootId }),
          clock,
          upstreams: upstreams.for(use.name, worker),
          shared,
          logLevel: LogLevel.Trace,
          onLog: (level, record) => {
            host.onLog(level, record);
          },
          callBodyBytes: setup.limits.bodyBytes,
        },
      ),
      (stream) => {
        const id = stream.getProperty(["request", "id"]);
        return id && host.traceOf(new TextDecoder().decode(id));
      },
    );
    host.onStarted(policy);
    return policy;
  });
  return createChain(policies, {
    clock: scheduler.clock,
    upstreams: upstreams.for(routeUpstream, worker),
    reports: {
      onHostFailure: (_facts, error) => {
        host.onDefect(error);
      },
    },
  });
}
