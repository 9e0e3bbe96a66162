/** What becomes of the policies of a module when what they keep has used up the memory that they share. */
import type { HostAccess } from "./host-access.js";
import type { PolicyInstance } from "./instance.js";

const mebibyte = 1_048_576;

/** A policy's uses: they share the state of its module. */
interface Holder {
  readonly instances: PolicyInstance[];
  bytes: number;
}

/**
 * The policy that keeps the most goes without first: its exchanges fail until there is room, and the others go on. Where that does not
 * help, or there is no other, nobody could be served any more: the module ends.
 */
export function memoryShort(access: HostAccess, all: Iterable<PolicyInstance>, ranOut: boolean): void {
  const { heldBytes, endModule } = access.services;
  const [most, ...others] = holders(all, heldBytes?.() ?? []);
  if (most === undefined) {
    return;
  }
  const { instances, bytes } = most;
  const share = `${inMebibytes(bytes)} of the ${inMebibytes(instances[0]?.settings.memoryBytes ?? 0)} MiB`;
  if (!goesWithout(most) && others.some((other) => !goesWithout(other))) {
    for (const instance of instances) {
      instance.logger.error(
        `MEMORY_SHORT: the policy keeps ${share} that all policies of its module may have together, more than any other. Its requests are refused until there is room.`,
      );
      instance.goWithoutMemory();
    }
  } else if (ranOut) {
    instances[0]?.logger.error(
      `MEMORY_SHORT: the policy keeps ${share} that its module may have, and nobody can be served any more. The module ends, and the host starts another one.`,
    );
    endModule?.();
  }
}

/** The one that keeps the most first. */
function holders(all: Iterable<PolicyInstance>, held: readonly number[]): Holder[] {
  const found = new Map<object, Holder>();
  const counted = new Set<number>();
  for (const instance of all) {
    const { definition, user } = instance;
    const holder = found.get(definition) ?? { instances: [], bytes: 0 };
    holder.instances.push(instance);
    if (!counted.has(user)) {
      counted.add(user);
      holder.bytes += held[user] ?? 0;
    }
    found.set(definition, holder);
  }
  return [...found.values()].sort((left, right) => right.bytes - left.bytes);
}

function goesWithout({ instances }: Holder): boolean {
  return instances.some(({ state }) => state === "short");
}

function inMebibytes(bytes: number): string {
  return String(Math.round((bytes / mebibyte) * 10) / 10);
}
