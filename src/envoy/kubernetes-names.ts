/** Names of the gateway file as names in Kubernetes, which have fewer characters. */

/** The most of a resource's name. */
const longestName = 253;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Lower case, with `-` for all that is neither letter nor digit; empty where nothing is left. */
export function kubernetesName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}

/** A resource's name: a subdomain of RFC 1123. https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
export function isResourceName(name: string): boolean {
  return name.length <= longestName && subdomain.test(name);
}

/**
 * What is wrong with the names of resources that are made of `names`, by index.
 *
 * @param made the resource's name for each
 */
export function nameProblems(names: readonly string[], made: (name: string) => string): ReadonlyMap<number, string> {
  const problems = new Map<number, string>();
  const owners = new Map<string, string>();
  for (const [index, name] of names.entries()) {
    const resource = made(name);
    const owner = owners.get(resource);
    if (kubernetesName(name) === "" || !isResourceName(resource)) {
      problems.set(
        index,
        `expected a name with a letter or a digit, which makes a name of at most ${longestName} characters in Kubernetes, got "${name}": give it another name`,
      );
    } else if (owner !== undefined) {
      problems.set(
        index,
        `expected a name that is another one in Kubernetes, too, got "${name}", which is ${resource} there, as is "${owner}": give one of them another name`,
      );
    } else {
      owners.set(resource, name);
    }
  }
  return problems;
}
