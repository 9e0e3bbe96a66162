/** A case set up on an engine: its policies, and the servers around them. */
import { fileURLToPath } from "node:url";
import type { Engine, PolicyUse, RunningEngine } from "../engine.js";
import { ScriptedServer } from "../http1/scripted-server.js";
import type { Case, CaseFile, ChainMember } from "./case-file.js";
import { withValueAt, valueAt } from "./json-pointer.js";
import { payloadBytes } from "./payload.js";

export type PartialRequests = PolicyUse["partialRequests"];

export interface Stage {
  engine: RunningEngine;
  /** `upstream`, and the services by name. */
  servers: ReadonlyMap<string, ScriptedServer>;
  /** Closes the engine first, so that what the servers then have is all there will ever be. */
  close(): Promise<void>;
}

/** Throws when the engine refuses the case's configuration; nothing stays open then. */
export async function openStage(
  engine: Engine, file: CaseFile, testCase: Case, partialRequests: PartialRequests,
): Promise<Stage> {
  const servers = new Map([["upstream", await ScriptedServer.start({ status: 200 })]]);
  for (const { name } of file.services) servers.set(name, await ScriptedServer.start());
  const closeServers = async () => {
    await Promise.all([...servers.values()].map((server) => server.close()));
  };
  const { upstream, ...services } = Object.fromEntries([...servers].map(([name, { origin }]) => [name, origin]));
  const config = addressed(file, testCase.config, services);
  const chain = testCase.chain ?? ["self"];
  const policies = chain.map((member, position) => ({ ...policyUse(file, config, member, position), partialRequests }));
  try {
    const running = await engine.start({ policies, upstream: upstream!, services });
    return {
      engine: running,
      servers,
      async close() {
        await running.close();
        await Promise.all([...servers.values()].map((server) => server.untilAllClosed()));
        await closeServers();
      },
    };
  } catch (error) {
    await closeServers();
    throw error;
  }
}

/** The configuration with the addresses of the servers in the place of the ones that the cases write. */
function addressed(file: CaseFile, config: unknown, origins: Readonly<Record<string, string>>): unknown {
  return file.services.reduce((current, { name, at, address }) => {
    const value = valueAt(current, at);
    return typeof value === "string" ? withValueAt(current, at, value.replace(address, origins[name]!)) : current;
  }, config);
}

function policyUse(file: CaseFile, config: unknown, member: ChainMember, position: number): Omit<PolicyUse, "partialRequests"> {
  if (member === "self") return { name: file.policy, file: policyFile(file.policy), config };
  const name = `${member.stub}-${position}`;
  if (member.stub === "mark") {
    const [header, value] = member.header;
    return { name, file: policyFile("stubs/mark"), config: { header, value } };
  }
  const { phase, reply: { status, headers = [], body = "" } } = member;
  return { name, file: policyFile("stubs/reply"), config: { phase, status, headers, body: payloadBytes(body).toString() } };
}

export function policyFile(name: string): string {
  return fileURLToPath(new URL(`../policies/${name}.ts`, import.meta.url));
}
