/** What Node warns of while a test runs fails that test: listeners that pile up, and what a later Node does not have. */
import { afterEach } from "vitest";

/** They tell of what was asked for. */
const expected = ["Warning", "ExperimentalWarning"];
const warnings: string[] = [];

process.on("warning", ({ name, stack }) => {
  if (!expected.includes(name)) {
    warnings.push(stack ?? name);
  }
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
