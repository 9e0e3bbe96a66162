/** Cases set up on an engine: their policies, and what is around them. */
import type { Engine, EngineSetup, LogLine, PolicyUse, ServerTls } from "../engine.js";
import type { Backend, Client } from "../surroundings.js";
import { policyFile, type Case, type CaseFile, type ChainMember } from "./case-file.js";
import { withValueAt, valueAt } from "./json-pointer.js";
import { payloadBytes } from "./payload.js";

export type PartialRequests = PolicyUse["partialRequests"];

/** A case, and how it is run. */
export interface Variant {
  file: CaseFile;
  testCase: Case;
  partialRequests: PartialRequests;
}

export interface Stage {
  client(): Client;
  log(): readonly LogLine[];
  advance(milliseconds: number): Promise<void>;
  /** Time is the machine's: it passes by itself, and everything may take longer than it should. */
  realTime: boolean;
  /** `upstream`, and the services by name. */
  backends: ReadonlyMap<string, Backend>;
}

export interface OpenStages {
  /** In the order of the variants. */
  stages: readonly Stage[];
  /** Closes the engine first, so that what the backends then have is all there will ever be. */
  close(): Promise<void>;
}

/** Throws when the engine refuses a case's configuration; nothing stays open then. */
export async function openStages(engine: Engine, variants: readonly Variant[]): Promise<OpenStages> {
  const opened: ReadonlyMap<string, Backend>[] = [];
  const eachBackend = (step: (backend: Backend) => Promise<void>) =>
    Promise.all(opened.flatMap((backends) => [...backends.values()]).map(step));
  const closeBackends = () => eachBackend((backend) => backend.close());
  try {
    for (const { file } of variants) {
      const names = ["upstream", ...file.services.map(({ name }) => name)];
      const backends = new Map(await Promise.all(names.map(async (name) => [name, await engine.openBackend(name)] as const)));
      opened.push(backends);
      pauseServices(backends);
    }
    const running = await engine.start(variants.map((variant, index) => engineSetup(variant, opened[index]!)));
    return {
      stages: opened.map((backends, index) => ({
        backends,
        realTime: engine.longestWait !== undefined,
        client: () => running.client(index),
        log: () => running.log(),
        advance: (milliseconds) => running.advance(index, milliseconds),
      })),
      async close() {
        await running.close();
        await eachBackend((backend) => backend.untilAllClosed());
        await closeBackends();
      },
    };
  } catch (error) {
    await closeBackends();
    throw error;
  }
}

/** While no step is running, what policies call by themselves has to wait. */
export function pauseServices(backends: ReadonlyMap<string, Backend>): void {
  for (const [name, backend] of backends) {
    if (name !== "upstream") backend.pause();
  }
}

function engineSetup({ file, testCase, partialRequests }: Variant, backends: ReadonlyMap<string, Backend>): EngineSetup {
  const { upstream, ...services } = Object.fromEntries([...backends].map(([name, { origin }]) => [name, origin]));
  const chain = [
    ...(expects(testCase, "violation") ? [violationRecorder] : []),
    ...(testCase.chain ?? ["self" as const]),
    ...(expects(testCase, "forwarded") ? [forwardedRecorder] : []),
  ];
  return {
    policies: chain.map((member, position): PolicyUse => {
      const { name, policy, config, onError = "deny" } = policyOf(file, testCase, member, position);
      return { name, file: policyFile(policy), config: addressed(file, config, services), onError, partialRequests };
    }),
    upstream: upstream!,
    services,
    bodyBytes: testCase.limits?.body,
    startsAt: testCase.clock === undefined ? undefined : Date.parse(testCase.clock.now),
    tls: serverTls(file),
  };
}

/** Before all others: it hears of every exchange. */
const violationRecorder: ChainMember = { policy: "stubs/record-violation", name: "record-violation" };

/** Behind all others: what it gets is what they hand on. */
const forwardedRecorder: ChainMember = { policy: "stubs/record-forwarded", name: "record-forwarded" };

/** Whether a step looks at something that is told by a policy of the runner's own. */
export function expects({ steps }: Case, what: "violation" | "forwarded"): boolean {
  return steps.some((step) => "request" in step && step.expect[what] !== undefined);
}

function serverTls({ fixtures: { ca, "server-certificate": certificate, "server-key": key } = {} }: CaseFile): ServerTls | undefined {
  return ca === undefined || certificate === undefined || key === undefined ? undefined : { ca, certificate, key };
}

/** The configuration with the addresses of the servers in the place of the ones that the cases write. */
function addressed(file: CaseFile, config: unknown, origins: Readonly<Record<string, string>>): unknown {
  return file.services.reduce((current, { name, at, address }) => {
    const value = valueAt(current, at);
    return typeof value === "string" ? withValueAt(current, at, value.replace(address, origins[name]!)) : current;
  }, config);
}

interface NamedPolicy {
  name: string;
  policy: string;
  config: unknown;
  onError?: PolicyUse["onError"] | undefined;
}

function policyOf({ policy }: CaseFile, { config, onError }: Case, member: ChainMember, position: number): NamedPolicy {
  if (member === "self") return { name: policy, policy, config, onError };
  if ("policy" in member) return { config: {}, ...member, name: member.name ?? `${member.policy}-${position}` };
  const name = `${member.stub}-${position}`;
  if (member.stub === "mark") {
    const [header, value] = member.header;
    return { name, policy: "stubs/mark", config: { header, value } };
  }
  const { phase, reply: { status, headers = [], body = "" } } = member;
  return { name, policy: "stubs/reply", config: { phase, status, headers, body: payloadBytes(body).toString() } };
}
