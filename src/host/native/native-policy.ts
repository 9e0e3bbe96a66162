import { createHash } from "node:crypto";
import { LogLevel } from "../../abi/constants.js";
import type { PolicyBundle } from "../../abi/port.js";
import { SluiceError } from "../../errors.js";
import { redactLong } from "../../redact.js";
import { messageOf, stackOf } from "../../thrown.js";
import { PolicyContexts } from "../contexts.js";
import { PolicyHostcalls, type PolicyHostOptions } from "../hostcalls/policy-hostcalls.js";
import type { RunningPolicy } from "../policy-runtime.js";
import { evaluateBundle } from "./evaluate-bundle.js";
import { findFreshBy } from "./find-fresh.js";
import { jwsFunctions } from "./jws/jws-functions.js";
import { logUnhandledErrors } from "./unhandled-errors.js";

export interface NativePolicyOptions extends PolicyHostOptions {
  /** What the guest gets as its plugin configuration: `{ config, sluice }`. */
  pluginConfiguration: object;
  /** What stacks call its bundle. */
  filename: string;
  /** Rewrites positions in stacks from the bundle to the policy's files. */
  mapStack?: (stack: string) => string;
}

/**
 * Starts a policy from the CommonJS text of its bundle.
 *
 * @throws SluiceError POLICY_BUNDLE when the bundle does not run, CONFIG_REFUSED when the guest refuses its configuration
 */
export function loadNativePolicy(options: NativePolicyOptions & { code: string }): RunningPolicy {
  return startNativePolicy(evaluateBundle(options.code, options.filename), options);
}

/**
 * Starts a policy as plain JavaScript in this process from an evaluated bundle; uses that share one share the state of its
 * module. Throws as `loadNativePolicy` does.
 */
export function startNativePolicy(bundle: PolicyBundle, options: NativePolicyOptions): RunningPolicy {
  const { name, mapStack } = options;
  const contexts = new PolicyContexts();
  const configuration = new TextEncoder().encode(JSON.stringify(options.pluginConfiguration));
  const hostcalls = new PolicyHostcalls(options, contexts, configuration, (error) => {
    const stack = stackOf(error) ?? messageOf(error);
    options.onLog(LogLevel.Error, {
      policy: name,
      msg: "the policy threw outside an exchange",
      stack: redactLong(mapStack?.(stack) ?? stack),
    });
  });
  const guest = bundle.createGuest(hostcalls, {
    microseconds: () => performance.now() * 1000,
    sha256: (bytes) => createHash("sha256").update(bytes).digest(),
    jwsFunctions,
    findFresh: findFreshBy(() => hostcalls.getCurrentTimeMilliseconds()),
    ...(mapStack !== undefined && { mapStack }),
  });
  const ignoreErrors = logUnhandledErrors({
    name,
    filename: options.filename,
    guest,
    onLog: (level, record) => {
      options.onLog(level, record);
    },
  });
  let refusal: string | undefined;
  try {
    refusal = hostcalls.start(guest);
  } catch (error) {
    hostcalls.abandon();
    ignoreErrors();
    throw new SluiceError("POLICY_BUNDLE", `policy ${name}: it threw while it was started: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (refusal !== undefined) {
    void hostcalls.close();
    ignoreErrors();
    throw new SluiceError("CONFIG_REFUSED", `policy ${name}: the configuration is refused: ${refusal}`);
  }
  // The guest keeps `onError` itself; what escapes from it is a defect.
  const close = async () => {
    await hostcalls.close();
    ignoreErrors();
  };
  return { name, guest, contexts, failsOpen: false, close };
}
