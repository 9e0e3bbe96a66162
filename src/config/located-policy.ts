import { basename, dirname, extname } from "node:path";

/** A policy that was named by its path or its package. */
export interface LocatedPolicy {
  /** Absolute. */
  file: string;
  /** What it is called where nobody gives it a name. */
  name: string;
}

/** The policy in a file (absolute path). */
export function policyInFile(file: string): LocatedPolicy {
  return { file, name: policyName(file) };
}

/** The name of a policy that was given none: its file's, or its folder's where the file is called `policy`. */
export function policyName(file: string): string {
  const name = basename(file, extname(file));
  return name === "policy" ? basename(dirname(file)) || name : name;
}

/** The same for a policy from a package: `x` for `@acme/x`, `x-strict` for `@acme/x/strict`. */
export function packagePolicyName(use: string): string {
  return use
    .replace(/^@[^/]*\//, "")
    .replaceAll("/", "-")
    .replace(/\.\w+$/, "");
}
