/** Waiting on sockets for what no event tells. */
import { setTimeout as delay } from "node:timers/promises";

/** false: it did not come in time. */
export async function becomes(condition: () => boolean, limitMilliseconds: number): Promise<boolean> {
  for (const end = performance.now() + limitMilliseconds; performance.now() < end; ) {
    if (condition()) {
      return true;
    }
    await delay(1);
  }
  return condition();
}
