/** What engines behind a socket have in common. */
import { offeredCapabilities } from "../capabilities.js";
import { ScriptedServer } from "../http1/scripted-server.js";
import { plainReply } from "../runner/scripted-answers.js";
import type { Backend } from "../surroundings.js";

/** What every engine can do; `properties` of connections need TLS, or a harness that pretends it. */
export const commonCapabilities = offeredCapabilities.filter((capability) => capability !== "properties");

/** The route's upstream answers by itself what a case does not script; a service does not. */
export function openServer(name: string): Promise<Backend> {
  return ScriptedServer.start(name === "upstream" ? plainReply : undefined);
}

/** How long a case may wait for time to pass, in milliseconds: such cases wait at the same time. */
export const longestWait = 12_000;
