/** What a policy finds wrong with its configuration, as a problem of the file that has it. */
import type { ConfigProblem } from "../abi/port.js";
import { type ConfigPath, type FileProblem, pathSteps } from "./problems.js";
import { withoutSecrets } from "./quoted-secrets.js";
import type { YamlSource } from "./yaml-source.js";

/** @param place Where `config` is in the file. */
export function policyProblem(
  problem: ConfigProblem,
  { source, config, place = [] }: { source: YamlSource; config: unknown; place?: ConfigPath },
): FileProblem {
  const steps = pathSteps(problem.path);
  const whole = [...place, ...steps];
  const message = source.conceal(problem.message);
  const ofKey = keyProblem(message);
  return {
    path: whole,
    message: ofKey ?? withoutSecrets(message, config, steps),
    ...source.locate(whole, ofKey !== undefined),
  };
}

/** Valibot's words for a key that there should not be, or that there is not, are those for values; said here as of the file's own keys. */
function keyProblem(message: string): string | undefined {
  const unknown = /^Invalid key: Expected never but received (".*")$/s.exec(message)?.[1];
  if (unknown !== undefined) {
    return `unknown key ${unknown}`;
  }
  return /^Invalid key: Expected ".*" but received undefined$/s.test(message)
    ? "missing: this key is required"
    : undefined;
}
