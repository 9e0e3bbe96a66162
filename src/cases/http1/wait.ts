/** Waiting on sockets for what no event tells. */
import { setTimeout as delay } from "node:timers/promises";

const limitMilliseconds = 5_000;

/** false: it did not come within 5 s. */
export async function becomes(condition: () => boolean): Promise<boolean> {
  for (const end = performance.now() + limitMilliseconds; performance.now() < end; ) {
    if (condition()) {
      return true;
    }
    await delay(1);
  }
  return condition();
}
