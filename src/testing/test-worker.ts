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

/** What a worker needs of its gateway. */
export interface WorkerHost {
  readonly setup: TestSetup;
  readonly scheduler: Scheduler;
  readonly upstreams: TestUpstreams;
  readonly shared: SharedServices;
  onLog(level: LogLevel, record: LogRecord): void;
  /** A defect of Sluice. */
  onDefect(error: unknown): void;
  /** Where the events of the exchange with this id are noted. */
  traceOf(requestId: string): TraceSink | undefined;
}

export interface TestWorker {
  readonly chain: Chain;
  close(): Promise<void>;
}

/** Throws what starting a policy throws: CONFIG_REFUSED, POLICY_BUNDLE … */
export async function startWorker(host: WorkerHost, loaders: ReadonlyMap<string, PolicyLoader>): Promise<TestWorker> {
  const { setup, scheduler, upstreams } = host;
  const globals = { ...virtualTime(scheduler.clock), crypto: trackedCrypto(scheduler) };
  // Uses of one policy share its module's state, as they share a VM in Envoy.
  const loaded = new Map<string, LoadedPolicy>([...loaders].map(([file, load]) => [file, load(globals)]));
  const policies: RunningPolicy[] = [];
  const close = async () => {
    await Promise.all(policies.map((policy) => policy.close()));
  };
  try {
    for (const use of setup.uses) {
      policies.push(
        traced(
          (loaded.get(use.file) as LoadedPolicy).start(
            use,
            // What there is without a policy's doing would stand between what its test looks for.
            { name: "route-0", limits: setup.limits, metrics: { policies: false } },
            {
              name: use.name,
              ...(use.rootId !== undefined && { rootId: use.rootId }),
              clock: scheduler.clock,
              upstreams: upstreams.for(use.name),
              shared: host.shared,
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
        ),
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  const chain = createChain(policies, {
    clock: scheduler.clock,
    upstreams: upstreams.for(routeUpstream),
    reports: {
      onHostFailure: (_facts, error) => {
        host.onDefect(error);
      },
    },
  });
  return { chain, close };
}
