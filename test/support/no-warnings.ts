/** What Node warns of while a test runs fails that test: listeners that pile up, and what a later Node does not have. */
import { afterAll, afterEach } from "vitest";

/** They tell of what was asked for. */
const expected = ["Warning", "ExperimentalWarning"];
const warnings: string[] = [];

const take = ({ name, stack }: Error): void => {
  if (!expected.includes(name)) {
    warnings.push(stack ?? name);
  }
};

process.on("warning", take);
// The next file's tests may be run in the same process.
afterAll(() => {
  process.off("warning", take);
});

afterEach(async () => {
  // Node warns in the next tick.
  await new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });
  const found = warnings.splice(0);
  if (found.length > 0) {
    throw new Error(found.join("\n"));
  }
});
