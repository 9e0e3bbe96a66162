/** The options of `sluice dev`. */
import { originExpected, parseOrigin, parsePort, portExpected } from "../config/addresses.js";
import { SluiceError } from "../errors.js";
import { redactText } from "../redact.js";

/** As they stand on the command line. */
export interface DevArguments {
  upstream: readonly string[];
  port: string;
  config: string;
  verbose: boolean;
}

export interface DevOptions {
  /** Origin of the upstream, or `echo`. */
  upstream: string;
  /** Origins of what the policy calls, by name; `echo` for an echo. */
  upstreams: Record<string, string>;
  port: number;
  /** JSON or a file's name. */
  config: string;
}

/** In place of an origin. */
export const echoName = "echo";

/** Throws USAGE. */
export function readDevOptions({ upstream, port, config }: DevArguments): DevOptions {
  const options: DevOptions = {
    upstream: echoName,
    upstreams: {},
    port: parsePort(port) ?? refuse("--port", portExpected, port),
    config,
  };
  for (const value of upstream) {
    const [, name, url] = /^(?:([\w.-]+)=)?(.*)$/.exec(value) ?? [];
    const origin =
      url === echoName
        ? echoName
        : (parseOrigin(url) ?? refuse("--upstream", `${originExpected}, or ${echoName}; or <name>=<origin>`, value));
    if (name === undefined) {
      options.upstream = origin;
    } else {
      options.upstreams[name] = origin;
    }
  }
  return options;
}

function refuse(option: string, expected: string, got: string): never {
  throw new SluiceError("USAGE", `${option}: expected ${expected}, got ${JSON.stringify(redactText(got))}`);
}
