import { describe, expect, it } from "vitest";
import { KitPromise } from "./kit-promise.js";

describe("a promise of the kit", () => {
  it("settles once", async () => {
    const promise = new KitPromise<number>();
    promise.resolve(1);
    promise.resolve(2);
    promise.reject(new Error("late"));
    expect([promise.state, promise.result, await promise]).toEqual(["fulfilled", 1, 1]);
  });

  it("wakes everybody who waits, in order, at the moment it settles", () => {
    const promise = new KitPromise<number>();
    const woken: string[] = [];
    for (const name of ["a", "b", "c"]) {
      promise.wait(() => woken.push(name));
    }
    expect(woken).toEqual([]);
    promise.resolve(1);
    expect(woken).toEqual(["a", "b", "c"]);
  });

  it("is like any promise for those who use then, catch and finally, before and after", async () => {
    const early = new KitPromise<number>();
    const before = [early.then((value) => value + 1), early.finally(() => undefined), Promise.all([early, early])];
    early.resolve(1);
    expect(await Promise.all([...before, early.then((value) => value + 2)])).toEqual([2, 1, [1, 1], 3]);
    const failed = KitPromise.rejected<number>("why");
    expect(await failed.catch((reason: unknown) => reason)).toBe("why");
    await expect(failed.then(() => 1)).rejects.toBe("why");
  });

  it("that is rejected and looked at by nobody is no unhandled rejection", async () => {
    KitPromise.rejected(new Error("nobody listens"));
    new KitPromise().reject(new Error("nobody listens"));
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  });
});
