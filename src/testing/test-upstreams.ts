/** All upstreams of a test, as its policies and its route see them. */
import { clusterOf } from "../abi/cluster-name.js";
import type { HeaderList } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import { type GrpcLimits, type GrpcSink, GrpcStatus, type GrpcStream } from "../host/grpc.js";
import type { CallOutcome, UpstreamRequest, UpstreamResponseSink, Upstreams } from "../host/upstreams.js";
import { CallAnswer, ForwardedAnswer } from "./answer-sink.js";
import { ScriptedUpstream, type UpstreamHost, type UpstreamScript } from "./test-upstream.js";
import type { UpstreamCall } from "./upstream-call.js";

/** The name of the upstream that the route forwards to. */
export const routeUpstream = "upstream";

/** What separates it from an exchange's id in the name that a chain forwards to, which tells whose request it is. */
const separator = "#";

/** What the upstreams of a test need of their gateway. */
export interface UpstreamsHost extends UpstreamHost {
  /** The route forwards the request of the exchange with this id. */
  onForward(call: UpstreamCall, id: string): void;
}

/** Scripts by name or URL; `null`: the gateway does not know the upstream. */
export type UpstreamScripts<Names extends string = string> = Readonly<Record<Names, UpstreamScript | null>>;

export class TestUpstreams {
  readonly all: readonly ScriptedUpstream[];
  /** By the name that the test gave it. */
  readonly byName: Readonly<Record<string, ScriptedUpstream>>;
  /** By the name that the port knows. */
  readonly #byCluster: ReadonlyMap<string, ScriptedUpstream>;
  readonly #unknown: ReadonlySet<string>;
  readonly #host: UpstreamsHost;

  constructor(scripts: UpstreamScripts, host: UpstreamsHost) {
    const entries = Object.entries(scripts).map(([name, script]) => ({ name, cluster: clusterFor(name), script }));
    const known = entries.flatMap(({ name, cluster, script }) =>
      script === null ? [] : [{ name, cluster, upstream: new ScriptedUpstream(name, script as UpstreamScript, host) }],
    );
    this.all = known.map(({ upstream }) => upstream);
    this.byName = Object.fromEntries(known.map(({ name, upstream }) => [name, upstream]));
    this.#byCluster = new Map(known.map(({ cluster, upstream }) => [cluster, upstream]));
    this.#unknown = new Set(entries.filter(({ script }) => script === null).map(({ cluster }) => cluster));
    this.#host = host;
  }

  /** The name under which a chain forwards an exchange. */
  routeName(id: string): string {
    return `${routeUpstream}${separator}${id}`;
  }

  forward(name: string, answer: ForwardedAnswer): void {
    const [cluster = "", id = ""] = name.split(separator);
    this.#host.onForward((this.get(cluster) as ScriptedUpstream).take(answer, undefined), id);
  }

  get(cluster: string): ScriptedUpstream | undefined {
    return this.#byCluster.get(cluster);
  }

  /** What a policy of the test may call, in one of its workers. */
  for(policy: string, worker: number): Upstreams {
    return new PolicyUpstreams(this, policy, worker, this.#host);
  }

  /** Tells whether a policy may call it; says so where the test does not mention it. */
  knows(cluster: string, policy: string): boolean {
    if (this.#byCluster.has(cluster)) {
      return true;
    }
    if (!this.#unknown.has(cluster)) {
      const names = [...Object.keys(this.byName)].map((name) => `"${name}"`).join(", ");
      this.#host.problem(
        `policy ${policy} calls upstream "${cluster}", which the test does not have (it has ${names}); add it, or set it to null if the gateway is not to know it`,
      );
    }
    return false;
  }
}

/** @throws SluiceError TEST_OPTIONS */
function clusterFor(name: string): string {
  const target = clusterOf(name);
  if (target === undefined) {
    throw new SluiceError(
      "TEST_OPTIONS",
      `upstreams: expected names, or URLs such as "http://auth.internal:8080", got ${JSON.stringify(name)}.`,
    );
  }
  return target.cluster;
}

class PolicyUpstreams implements Upstreams {
  constructor(
    private readonly upstreams: TestUpstreams,
    private readonly policy: string,
    private readonly worker: number,
    private readonly host: UpstreamHost,
  ) {}

  has(upstream: string): boolean {
    return this.upstreams.knows(upstream, this.policy);
  }

  forward(upstream: string, headers: HeaderList, endOfStream: boolean, sink: UpstreamResponseSink): UpstreamRequest {
    const answer = new ForwardedAnswer(this.worker, headers.slice(), endOfStream, sink);
    this.upstreams.forward(upstream, answer);
    return answer;
  }

  call(
    upstream: string,
    headers: HeaderList,
    body: Uint8Array | undefined,
    trailers: HeaderList,
    limits: { timeoutMilliseconds: number; bodyBytes: number },
    done: (outcome: CallOutcome) => void,
  ): () => void {
    const answer = new CallAnswer(this.worker, { headers, body, trailers }, limits, this.host.scheduler.clock, done);
    (this.upstreams.get(upstream) as ScriptedUpstream).take(answer, this.policy);
    return () => {
      answer.cancel();
    };
  }

  /** Tests have no gRPC upstreams: the call fails. */
  grpc(_upstream: string, _path: string, _metadata: HeaderList, _limits: GrpcLimits, sink: GrpcSink): GrpcStream {
    const cancel = this.host.scheduler.clock.schedule(0, () => {
      sink.onEnd(GrpcStatus.Unimplemented, "upstreams of tests do not speak gRPC", []);
    });
    return { send: () => undefined, end: () => undefined, cancel };
  }
}
