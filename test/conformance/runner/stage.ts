/** Cases set up on an engine: their policies, and what is around them. */
import { fileURLToPath } from "node:url";
import type { Engine, EngineSetup, LogLine, PolicyUse } from "../engine.js";
import type { Backend, Client } from "../surroundings.js";
import type { Case, CaseFile, ChainMember } from "./case-file.js";
import { withValueAt, valueAt } from "./json-pointer.js";
import { payloadBytes } from "./payload.js";

export type PartialRequests = PolicyUse["partialRequests"];

/** A case, and how it is run. */
export interface Variant {
  testCase: Case;
  partialRequests: PartialRequests;
}

export interface Stage {
  client(): Client;
  log(): readonly LogLine[];
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
export async function openStages(engine: Engine, file: CaseFile, variants: readonly Variant[]): Promise<OpenStages> {
  const opened: ReadonlyMap<string, Backend>[] = [];
  const eachBackend = (step: (backend: Backend) => Promise<void>) =>
    Promise.all(opened.flatMap((backends) => [...backends.values()]).map(step));
  const closeBackends = () => eachBackend((backend) => backend.close());
  try {
    for (const _variant of variants) {
      const names = ["upstream", ...file.services.map(({ name }) => name)];
      opened.push(new Map(await Promise.all(names.map(async (name) => [name, await engine.openBackend(name)] as const))));
    }
    const running = await engine.start(variants.map((variant, index) => engineSetup(file, variant, opened[index]!)));
    return {
      stages: opened.map((backends, index) => ({ backends, client: () => running.client(index), log: () => running.log() })),
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

function engineSetup(file: CaseFile, { testCase, partialRequests }: Variant, backends: ReadonlyMap<string, Backend>): EngineSetup {
  const { upstream, ...services } = Object.fromEntries([...backends].map(([name, { origin }]) => [name, origin]));
  const chain = testCase.chain ?? ["self"];
  return {
    policies: chain.map((member, position): PolicyUse => {
      const { name, policy, config, onError = "deny" } = policyOf(file, testCase, member, position);
      return { name, file: policyFile(policy), config: addressed(file, config, services), onError, partialRequests };
    }),
    upstream: upstream!,
    services,
    bodyBytes: testCase.limits?.body,
  };
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

export function policyFile(name: string): string {
  return fileURLToPath(new URL(`../policies/${name}.ts`, import.meta.url));
}
