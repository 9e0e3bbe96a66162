/**
 * Makes what the request's header `x-what` names, `x-size` large, and has it told in a log line: it throws it, or logs it. With
 * `x-how: make` it only makes it.
 */
import { definePolicy } from "sluice";

const made: Record<string, (size: number) => unknown> = {
  error: (size) => new Error("x".repeat(size)),
  text: (size) => "x".repeat(size),
  code: (size) => Object.assign(new Error("coded"), { code: "x".repeat(size), name: "x".repeat(size) }),
  stack: (size) => Object.assign(new Error("placed"), { stack: `    at ${"x".repeat(size)}` }),
  cause: (size) => new Error("outer", { cause: new Error("x".repeat(size)) }),
  aggregate: (size) => new AggregateError(new Array<Error>(size).fill(new Error("inner"))),
  array: (size) => new Array<string>(size).fill("item"),
  nested: () => {
    const list: unknown[] = [];
    list.push(...new Array<unknown>(100).fill(list));
    return list;
  },
  object: (size) => Object.fromEntries(new Array<number>(size).fill(0).map((_, index) => [`name${index}`, index])),
  name: (size) => ({ ["x".repeat(size)]: 1 }),
};

export default definePolicy({
  async onRequest(request) {
    const { headers } = await request.intoHeadersState();
    const value = made[headers.get("x-what") ?? ""]?.(Number(headers.get("x-size")));
    switch (headers.get("x-how")) {
      case "throw":
        throw value;
      case "log":
        console.log(value);
        break;
      default:
    }
  },
});
