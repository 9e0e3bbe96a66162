import { gives, throws, type WebApiCases } from "../case.js";

export const eventCases: WebApiCases = {
  AbortController: [
    gives(
      "((c) => { const before = c.signal.aborted; c.abort(); return [before, c.signal.aborted, c.signal === c.signal]; })(new AbortController())",
      [false, true, true],
    ),
    gives("((c) => { c.abort('why'); c.abort('again'); return c.signal.reason; })(new AbortController())", "why"),
    gives(
      "((c) => { c.abort(); return [(c.signal.reason as DOMException).name, c.signal.reason instanceof DOMException]; })(new AbortController())",
      ["AbortError", true],
    ),
    gives("Object.prototype.toString.call(new AbortController().signal)", "[object AbortSignal]"),
  ],
  "signal.aborted, reason, throwIfAborted()": [
    gives("((s) => { s.throwIfAborted(); return [s.aborted, typeof s.reason]; })(new AbortController().signal)", [
      false,
      "undefined",
    ]),
    throws("AbortSignal.abort(new RangeError('far')).throwIfAborted()", "RangeError"),
    throws("new (AbortSignal as any)()", "TypeError"),
  ],
  "signal.addEventListener(), removeEventListener(), onabort": [
    gives(
      `((c, seen: unknown[]) => {
        const removed = () => seen.push("removed");
        const twice = () => seen.push("once registered");
        c.signal.addEventListener("abort", (event) => seen.push(event.type, event.target === c.signal));
        c.signal.addEventListener("abort", twice); c.signal.addEventListener("abort", twice);
        c.signal.addEventListener("abort", removed); c.signal.removeEventListener("abort", removed);
        c.signal.addEventListener("abort", () => seen.push("once"), { once: true });
        c.abort(); c.abort();
        return seen;
      })(new AbortController(), [])`,
      ["abort", true, "once registered", "once"],
    ),
    gives(
      "((c, seen: unknown[]) => { c.signal.onabort = () => seen.push('on'); c.abort(); return seen; })(new AbortController(), [])",
      ["on"],
    ),
    gives(
      `((c, seen: unknown[]) => {
        c.signal.addEventListener("abort", () => seen.push(1));
        c.signal.onabort = () => seen.push("replaced");
        c.signal.addEventListener("abort", () => seen.push(3));
        c.signal.onabort = () => seen.push("on");
        c.abort();
        return seen;
      })(new AbortController(), [])`,
      [1, "on", 3],
    ),
    gives(
      `((c, seen: unknown[]) => {
        c.signal.onabort = () => seen.push("on");
        c.signal.addEventListener("abort", () => seen.push(1));
        c.signal.onabort = null;
        c.signal.onabort = () => seen.push("on again");
        c.abort();
        return [seen, typeof c.signal.onabort];
      })(new AbortController(), [])`,
      [[1, "on again"], "function"],
    ),
    gives(
      `((c, seen: unknown[]) => {
        const both = () => seen.push("both");
        c.signal.onabort = both; c.signal.addEventListener("abort", both); c.signal.removeEventListener("abort", both);
        c.abort();
        return seen;
      })(new AbortController(), [])`,
      ["both"],
    ),
    gives("((c) => { (c.signal as any).onabort = 'x'; return c.signal.onabort; })(new AbortController())", null),
    gives(
      "((c, seen: unknown[]) => { c.signal.addEventListener('abort', () => seen.push(1), { signal: c.signal }); c.abort(); return seen; })(new AbortController(), [])",
      [],
    ),
    gives(
      "((c, seen: unknown[]) => { c.signal.addEventListener('abort', (event: any) => seen.push(event.bubbles, event.cancelable, event.currentTarget === c.signal)); c.abort(); return seen; })(new AbortController(), [])",
      [false, false, true],
    ),
    gives(
      "((c, seen: unknown[]) => { c.signal.addEventListener('abort', { handleEvent: (event: any) => seen.push(event.type) } as any); c.abort(); return seen; })(new AbortController(), [])",
      ["abort"],
    ),
    gives(
      "((c, d, seen: unknown[]) => { c.signal.addEventListener('abort', () => seen.push(1), { signal: d.signal }); d.abort(); c.abort(); return seen; })(new AbortController(), new AbortController(), [])",
      [],
    ),
  ],
  "AbortSignal.abort()": [gives("((s) => [s.aborted, s.reason])(AbortSignal.abort('r'))", [true, "r"])],
  "AbortSignal.any()": [
    gives(
      "((a, b, seen: unknown[]) => { const s = AbortSignal.any([a.signal, b.signal]); s.addEventListener('abort', () => seen.push(s.reason)); b.abort('b'); a.abort('a'); return [seen, s.aborted]; })(new AbortController(), new AbortController(), [])",
      [["b"], true],
    ),
    gives("AbortSignal.any([new AbortController().signal, AbortSignal.abort('done')]).reason", "done"),
    gives("AbortSignal.any([]).aborted", false),
    gives(
      `((c, seen: unknown[]) => {
        const signals = [c.signal];
        for (let index = 0; index < 4; index++) signals.push(AbortSignal.any([signals.at(-1)!]));
        for (const index of [3, 1, 4, 0, 2]) signals[index]!.addEventListener("abort", () => seen.push(index));
        c.abort();
        return seen;
      })(new AbortController(), [])`,
      [0, 1, 2, 3, 4],
    ),
    gives(
      `((c, seen: unknown[]) => {
        const dependent = AbortSignal.any([c.signal]);
        c.signal.addEventListener("abort", () => seen.push(dependent.aborted, dependent.reason));
        c.abort("r");
        return seen;
      })(new AbortController(), [])`,
      [true, "r"],
    ),
    gives(
      `((a, b, seen: unknown[]) => {
        const inner = AbortSignal.any([a.signal, b.signal]);
        const outer = AbortSignal.any([inner, a.signal]);
        outer.addEventListener("abort", () => seen.push("outer"));
        inner.addEventListener("abort", () => { seen.push("inner"); b.abort("again"); });
        a.abort("a");
        return [seen, outer.reason, inner.reason];
      })(new AbortController(), new AbortController(), [])`,
      [["inner", "outer"], "a", "a"],
    ),
  ],
  "AbortSignal.timeout()": [
    gives(
      "new Promise((resolve) => { const s = AbortSignal.timeout(1); s.addEventListener('abort', () => resolve([s.aborted, (s.reason as DOMException).name])); })",
      [true, "TimeoutError"],
    ),
  ],
  DOMException: [
    gives("((e) => [e.name, e.message, e.code, e instanceof Error])(new DOMException('m', 'AbortError'))", [
      "AbortError",
      "m",
      20,
      true,
    ]),
    gives("((e) => [e.name, e.message, e.code])(new DOMException())", ["Error", "", 0]),
    gives("typeof new DOMException('m').stack", "string"),
  ],
  "setTimeout(), clearTimeout()": [
    gives(
      "new Promise((resolve) => { const seen: number[] = []; setTimeout(() => { seen.push(2); resolve(seen); }, 2); setTimeout(() => seen.push(1)); clearTimeout(setTimeout(() => seen.push(9), 1)); })",
      [1, 2],
    ),
    gives("new Promise((resolve) => { setTimeout((a: number, b: string) => resolve([a, b]), 1, 7, 'x'); })", [7, "x"]),
    gives("(clearTimeout(undefined), clearTimeout(1e9), 'nothing happens')", "nothing happens"),
  ],
  "queueMicrotask()": [
    gives(
      "((seen: number[]) => { queueMicrotask(() => seen.push(2)); void Promise.resolve().then(() => seen.push(3)); seen.push(1); return Promise.resolve().then(() => Promise.resolve()).then(() => seen); })([])",
      [1, 2, 3],
    ),
    throws("queueMicrotask('x' as any)", "TypeError"),
  ],
  "console.debug(), log(), info(), warn(), error()": [
    gives(
      "(console.debug('a', 1), console.log('b', { c: 1 }), console.info(), console.warn(new Error('x')), console.error(null), 'logged')",
      "logged",
    ),
  ],
};
