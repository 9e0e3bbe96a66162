/** Cases set up on an engine: their policies, and what is around them. */
import { fileURLToPath } from "node:url";
import { policyName } from "../../config/located-policy.js";
import type { Engine, EngineSetup, LogLine, PolicyUse, ServerTls } from "../engine.js";
import type { Backend, Client } from "../surroundings.js";
import type { Case, CaseFile, ChainMember, OnError, PartialRequests } from "./case-file.js";
import { valueAt, withValueAt } from "./json-pointer.js";
import { payloadBytes } from "./payload.js";

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
  /** Steps have been done on it. */
  used: boolean;
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
      const services = file.services.filter(({ unknown }) => unknown !== true);
      const names = ["upstream", ...services.map(({ name }) => name)];
      const backends = new Map(
        await Promise.all(names.map(async (name) => [name, await engine.openBackend(name)] as const)),
      );
      opened.push(backends);
      pauseServices(backends);
    }
    const running = await engine.start(variants.map((variant, index) => engineSetup(variant, opened[index]!)));
    return {
      stages: opened.map((backends, index) => ({
        backends,
        realTime: engine.longestWait !== undefined,
        used: false,
        client: () => running.client(index),
        log: () => running.log(index),
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
    if (name !== "upstream") {
      backend.pause();
    }
  }
}

function engineSetup(
  { file, testCase, partialRequests }: Variant,
  backends: ReadonlyMap<string, Backend>,
): EngineSetup {
  const { upstream, ...services } = Object.fromEntries([...backends].map(([name, { origin }]) => [name, origin]));
  const chain = [
    // Before all others: it hears of every exchange.
    ...(expects(testCase, "violation") ? [stub("record-violation", "record-violation")] : []),
    ...(testCase.chain ?? ["self" as const]).map((member, position) => policyOf(file, testCase, member, position)),
    // Behind all others: what it gets is what they hand on.
    ...(expects(testCase, "forwarded") ? [stub("record-forwarded", "record-forwarded")] : []),
  ];
  return {
    policies: chain.map(
      ({ config, onError = "deny", ...policy }): PolicyUse => ({
        ...policy,
        config: addressed(file, config, services),
        onError,
        partialRequests,
      }),
    ),
    upstream: upstream!,
    services,
    unknownServices: file.services.filter(({ unknown }) => unknown === true).map(({ name }) => name),
    limits: { ...file.limits, ...testCase.limits },
    workers: workersOf(file, testCase),
    startsAt: testCase.clock === undefined ? undefined : Date.parse(testCase.clock.now),
    tls: serverTls(file),
  };
}

/** Whoever counts by himself in each worker counts wrongly, which one worker does not show. */
export function workersOf(file: CaseFile, { workers, steps }: Case): number {
  return workers ?? file.workers ?? (steps.some((step) => "parallel" in step) ? 2 : 1);
}

/** Whether a step looks at something that is told by a policy of the runner's own. */
export function expects({ steps }: Case, what: "violation" | "forwarded"): boolean {
  return steps.some((step) => "request" in step && step.expect[what] !== undefined);
}

function serverTls({
  fixtures: { ca, "server-certificate": certificate, "server-key": key } = {},
}: CaseFile): ServerTls | undefined {
  return ca === undefined || certificate === undefined || key === undefined ? undefined : { ca, certificate, key };
}

/** The configuration with the addresses of the servers in the place of the ones that the cases write. */
function addressed(file: CaseFile, config: unknown, origins: Readonly<Record<string, string>>): unknown {
  return file.services.reduce((current, { name, at, address }) => {
    if (at === undefined || address === undefined) {
      return current;
    }
    const value = valueAt(current, at);
    return typeof value === "string" ? withValueAt(current, at, value.replace(address, origins[name]!)) : current;
  }, config);
}

interface ChainPolicy {
  name: string;
  file: string;
  config: unknown;
  onError?: OnError | undefined;
}

function policyOf(
  caseFile: CaseFile,
  { config = {}, onError }: Case,
  member: ChainMember,
  position: number,
): ChainPolicy {
  if (member === "self") {
    return { name: caseFile.policy, file: caseFile.policyFile, config, onError };
  }
  if ("policy" in member) {
    const file = caseFile.locate(member.policy);
    return {
      name: member.name ?? `${policyName(file)}-${position}`,
      file,
      config: member.config ?? {},
      onError: member.onError,
    };
  }
  const name = `${member.stub}-${position}`;
  if (member.stub === "mark") {
    const [header, value] = member.header;
    return stub("mark", name, { header, value });
  }
  const {
    phase,
    reply: { status, headers = [], body = "" },
  } = member;
  return stub("reply", name, { phase, status, headers, body: payloadBytes(body).toString() });
}

/** A policy of the runner's own. Policies are compiled from their sources, which the package carries. */
function stub(stubName: string, name: string, config: unknown = {}): ChainPolicy {
  return { name, file: fileURLToPath(new URL(`../../../src/cases/stubs/${stubName}.ts`, import.meta.url)), config };
}
