/** The ready policies that come with the package: those of `policies/`, each in a folder of its name. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { didYouMean } from "../config/did-you-mean.js";
import type { LocatedPolicy } from "../config/located-policy.js";
import { SluiceError } from "../errors.js";
import type { JsonSchema } from "./json-schema.js";

/** What a ready policy is called by begins with it. */
export const readyPrefix = "sluice/policies/";

const policies = new URL("../../policies/", import.meta.url);

/** What there is, in order. */
export function readyNames(): string[] {
  return readdirSync(policies)
    .filter((name) => existsSync(sourceOf(name)))
    .sort();
}

/**
 * The ready policy that `use` calls by `sluice/policies/<name>`: that of the Sluice that runs, whatever else is installed. undefined: it
 * calls something else.
 *
 * @throws SluiceError `POLICY_NOT_FOUND` for one that there is not
 */
export function readyPolicy(use: string): LocatedPolicy | undefined {
  if (!use.startsWith(readyPrefix)) {
    return undefined;
  }
  const name = use.slice(readyPrefix.length);
  assertReady(name);
  return { file: sourceOf(name), name };
}

/** @throws SluiceError `POLICY_NOT_FOUND`, which lists those that there are */
function assertReady(name: string): void {
  const names = readyNames();
  if (!names.includes(name)) {
    const list = names.map((each) => `  ${readyPrefix}${each}`).join("\n");
    throw new SluiceError(
      "POLICY_NOT_FOUND",
      `${readyPrefix}${name}: there is no ready policy of that name${didYouMean(name, names) || "."} There are:\n${list}`,
    );
  }
}

/** The JSON Schema of its configuration. @throws SluiceError `POLICY_NOT_FOUND` */
export function readySchema(name: string): JsonSchema {
  assertReady(name);
  const url = new URL(`../../schemas/policies/${name}.schema.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8")) as JsonSchema;
}

/** Its README.md: an absolute path. */
export function readyDocument(name: string): string {
  return fileURLToPath(new URL(`${name}/README.md`, policies));
}

function sourceOf(name: string): string {
  return fileURLToPath(new URL(`${name}/policy.ts`, policies));
}
