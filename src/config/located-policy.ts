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

/** The names of policies by their files, in their order: one that an earlier one has gets a number. A file that comes again has one name. */
export function distinctNames(policies: Iterable<LocatedPolicy>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const { file, name: wanted } of policies) {
    if (names.has(file)) {
      continue;
    }
    let name = wanted;
    for (let count = 2; taken.has(name); count += 1) {
      name = `${wanted}-${count}`;
    }
    taken.add(name);
    names.set(file, name);
  }
  return names;
}

/** The same for a policy from a package: `x` for `@acme/x`, `x-strict` for `@acme/x/strict`. */
export function packagePolicyName(use: string): string {
  return use
    .replace(/^@[^/]*\//, "")
    .replaceAll("/", "-")
    .replace(/\.\w+$/, "");
}
