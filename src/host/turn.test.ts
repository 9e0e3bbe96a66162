import { describe, expect, it } from "vitest";
import { afterTurn, beginTurn, endTurn, onAnotherWorker } from "./turn.js";

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

  it("of another worker ends by itself, also in the middle of a hostcall", async () => {
    const done: string[] = [];
    const other = () => {
      onAnotherWorker(() => {
        beginTurn();
        afterTurn(() => done.push("other, in a turn"));
        endTurn();
        afterTurn(() => done.push("other, outside a turn"));
      });
    };
    beginTurn();
    afterTurn(() => done.push("one"));
    other();
    expect(done).toEqual(["other, in a turn", "other, outside a turn"]);
    endTurn();
    expect(done.splice(0)).toEqual(["other, in a turn", "other, outside a turn", "one"]);

    afterTurn(() => done.push("one"));
    other();
    expect(done).toEqual(["other, in a turn", "other, outside a turn"]);
    await Promise.resolve();
    expect(done).toEqual(["other, in a turn", "other, outside a turn", "one"]);
  });
});
