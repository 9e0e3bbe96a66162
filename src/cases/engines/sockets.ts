/** What engines behind a socket have in common. */
import { ScriptedServer } from "../http1/scripted-server.js";
import { plainReply } from "../runner/scripted-answers.js";
import type { Backend } from "../surroundings.js";

/** What every engine can do so far, together with the runner. */
export const commonCapabilities = [
  "headers",
  "body",
  "stream",
  "headers-body",
  "early-response",
  "response-headers",
  "response-body",
  "send-response",
  "shared-data",
  "chain",
  "path-rewrite",
  "http-client",
  "regex",
  "json",
  "logging",
  "config-validation",
  "timers",
  "clock",
  "time-control",
  "parallel",
  "violations",
  "upstream-time-limit",
  "uuid",
] as const;

/** The route's upstream answers by itself what a case does not script; a service does not. */
export function openServer(name: string): Promise<Backend> {
  return ScriptedServer.start(name === "upstream" ? plainReply : undefined);
}

/** How long a case may wait for time to pass, in milliseconds: such cases wait at the same time. */
export const longestWait = 12_000;

/** On a machine that is busy a module may take long without being at fault; no case is about this limit. */
export const callbackMilliseconds = 5_000;
