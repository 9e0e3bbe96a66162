/** The ready policies as their files export them. */
import { pathToFileURL } from "node:url";
import { readyNames, readyPolicy, readyPrefix } from "../../src/catalogue/catalogue.js";
import type { Policy } from "../../src/policy/define.js";

/** By name. */
export async function readyPolicies(): Promise<Map<string, Policy>> {
  const entries = readyNames().map(async (name): Promise<[string, Policy]> => {
    const { href } = pathToFileURL(readyPolicy(readyPrefix + name)!.file);
    const { default: policy } = (await import(/* @vite-ignore */ href)) as { default: Policy };
    return [name, policy];
  });
  return new Map(await Promise.all(entries));
}
