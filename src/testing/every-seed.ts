/** A test in many orders of events. */
import { SluiceError } from "../errors.js";
import { messageOf } from "../thrown.js";

export interface EverySeedOptions {
  /** How many. Default 100. */
  count?: number;
}

/**
 * Runs a test with the seeds 1, 2, 3 …, to be handed to `testGateway({ seed })`: whatever is not laid down happens in another way
 * for each. The environment variable `SLUICE_TEST_SEED` runs one of them again.
 *
 * @throws SluiceError TEST_FAILED_WITH, which says the seed and has the test's own error as its cause; TEST_OPTIONS
 */
export async function everySeed(run: (seed: number) => unknown, { count = 100 }: EverySeedOptions = {}): Promise<void> {
  if (!Number.isInteger(count) || count < 1) {
    throw new SluiceError("TEST_OPTIONS", `everySeed: count: expected 1 or more, got ${String(count)}.`);
  }
  const chosen = process.env["SLUICE_TEST_SEED"];
  const only = chosen === undefined ? undefined : Number(chosen);
  if (only !== undefined && !Number.isInteger(only)) {
    throw new SluiceError("TEST_OPTIONS", `SLUICE_TEST_SEED: expected a whole number, got ${JSON.stringify(chosen)}.`);
  }
  for (const seed of only === undefined ? Array.from({ length: count }, (_, index) => index + 1) : [only]) {
    try {
      await run(seed);
    } catch (error) {
      const reason = messageOf(error);
      throw new SluiceError(
        "TEST_FAILED_WITH",
        `With seed ${seed} (SLUICE_TEST_SEED=${seed} runs it alone): ${reason}`,
        { cause: error },
      );
    }
  }
}
