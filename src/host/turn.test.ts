import { describe, expect, it } from "vitest";
import { afterTurn, beginTurn, endTurn } from "./turn.js";

describe("a turn", () => {
  it("does what was asked for at its end, in order, when the outermost one ends", () => {
    const done: number[] = [];
    beginTurn();
    afterTurn(() => done.push(1));
    beginTurn();
    afterTurn(() => {
      done.push(2);
      afterTurn(() => done.push(3));
    });
    endTurn();
    expect(done).toEqual([]);
    endTurn();
    expect(done).toEqual([1, 2, 3]);
  });

  it("is made up for outside turns when the promise job has ended", async () => {
    const done: number[] = [];
    afterTurn(() => done.push(1));
    afterTurn(() => done.push(2));
    expect(done).toEqual([]);
    await Promise.resolve();
    expect(done).toEqual([1, 2]);
  });

  it("that comes first does what an earlier promise job asked for", async () => {
    const done: number[] = [];
    afterTurn(() => done.push(1));
    beginTurn();
    endTurn();
    expect(done).toEqual([1]);
    await Promise.resolve();
    expect(done).toEqual([1]);
  });
});
