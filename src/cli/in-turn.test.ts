import { expect, it } from "vitest";
import { inTurn } from "./in-turn.js";

it("runs one at a time, and once more for calls that came meanwhile", async () => {
  const ends: (() => void)[] = [];
  let running = 0;
  const request = inTurn(async () => {
    running += 1;
    expect(running).toBe(1);
    await new Promise<void>((resolve) => ends.push(resolve));
    running -= 1;
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  request();
  request();
  request();
  expect(ends.length).toBe(1);
  ends[0]!();
  await settled();
  expect(ends.length).toBe(2);
  ends[1]!();
  await settled();
  expect(ends.length).toBe(2);
  request();
  expect(ends.length).toBe(3);
});
