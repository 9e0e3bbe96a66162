import { gives, throws, type WebApiCases } from "../case.js";

export const messageCases: WebApiCases = {
  "new Headers()": [
    gives("[...new Headers()]", []),
    gives("[...new Headers({ B: '2', a: ' 1\\t' })]", [
      ["a", "1"],
      ["b", "2"],
    ]),
    gives("[...new Headers([['x', '1'], ['X', '2'], ['set-cookie', 'a'], ['Set-Cookie', 'b']])]", [
      ["set-cookie", "a"],
      ["set-cookie", "b"],
      ["x", "1, 2"],
    ]),
    gives("[...new Headers(new Headers({ a: '1' }))]", [["a", "1"]]),
    gives("[...new Headers([['a', undefined], ['b', null]] as any)]", [
      ["a", "undefined"],
      ["b", "null"],
    ]),
    throws("new Headers(['ab'] as any)", "TypeError"),
    throws("new Headers([['a', 'b', 'c']] as any)", "TypeError"),
    throws("new Headers({ [Symbol('x')]: '1' } as any)", "TypeError"),
    throws("new Headers({ a: Symbol('x') } as any)", "TypeError"),
    gives("[...new Headers(Object.assign(Object.create({ inherited: '1' }), { own: '2' }))]", [["own", "2"]]),
    gives(`[...new Headers({ a: "${"\\t".repeat(3)}x y\\r\\n" })]`, [["a", "x y"]]),
    gives("new Headers({ a: ' '.repeat(50_000) + 'x' + ' '.repeat(50_000) + 'y' }).get('a')!.length", 50_002),
    throws("new Headers([['a']] as any)", "TypeError"),
    throws("new Headers({ 'a b': '1' })", "TypeError"),
    throws("new Headers({ a: '1\\n2' })", "TypeError"),
    throws("new Headers({ a: '\\u0100' })", "TypeError"),
    throws("new Headers(null as any)", "TypeError"),
    gives("Object.prototype.toString.call(new Headers())", "[object Headers]"),
  ],
  "headers.append(), delete(), get(), getSetCookie(), has(), set()": [
    gives(
      "((h) => { h.append('A', '1'); h.append('a', '2'); h.set('b', '3'); h.set('B', '4'); h.append('c', '5'); h.delete('C'); return [h.get('a'), h.get('B'), h.get('c'), h.has('A'), h.has('c')]; })(new Headers())",
      ["1, 2", "4", null, true, false],
    ),
    gives(
      "((h) => { h.append('Set-Cookie', 'a=1, b'); h.append('set-cookie', 'c'); return [h.getSetCookie(), h.get('set-cookie')]; })(new Headers())",
      [["a=1, b", "c"], "a=1, b, c"],
    ),
    gives(
      "((h) => { h.append('cookie', 'a=1'); h.append('cookie', 'b=2'); return h.get('cookie'); })(new Headers())",
      "a=1; b=2",
    ),
    ...["append('a')", "set('a')", "get()", "has()", "delete()"].map((call) =>
      throws(`(new Headers() as any).${call}`, "TypeError"),
    ),
    throws("new Headers().get(Symbol() as any)", "TypeError"),
    gives("new Headers({ a: '' }).get('a')", ""),
    throws("new Headers().get('')", "TypeError"),
    throws("new Headers().set('a', '\\0')", "TypeError"),
    throws("new Headers().has(':path')", "TypeError"),
  ],
  "headers.entries(), keys(), values(), forEach()": [
    gives("((h) => [[...h.keys()], [...h.values()], [...h.entries()]])(new Headers({ b: '2', a: '1' }))", [
      ["a", "b"],
      ["1", "2"],
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ]),
    ...(
      [
        ["h.delete(name)", ["a", "c"]],
        ["h.delete('c')", ["a", "b"]],
        ["h.append('d', '4')", ["a", "b", "c", "d"]],
        ["h.set('aa', '5')", ["a", "aa", "b", "c"]],
        ["h.append('0', '6')", ["a", "a", "b", "c"]],
        ["h.append('set-cookie', name)", ["a", "b", "c", "set-cookie", "set-cookie", "set-cookie", "set-cookie"]],
      ] as const
    ).flatMap(([edit, names]) => [
      gives(
        `((h, seen: string[]) => { for (const [name] of h) { seen.push(name); if (seen.length < 5) { ${edit}; } } return seen.slice(0, 7); })(new Headers({ a: '1', b: '2', c: '3' }), [])`,
        names,
      ),
    ]),
    gives(
      "((h, seen: string[]) => { h.forEach((_, name) => { seen.push(name); h.delete(name); }); return [seen, [...h.keys()]]; })(new Headers({ a: '1', b: '2', c: '3' }), [])",
      [["a", "c"], ["b"]],
    ),
    gives(
      "((h, seen: string[]) => { const values = h.values(); seen.push(values.next().value!); h.set('b', 'new'); seen.push(...values); return seen; })(new Headers({ a: '1', b: '2' }), [])",
      ["1", "new"],
    ),
    gives(
      "((i) => [Object.prototype.toString.call(i), Object.getPrototypeOf(Object.getPrototypeOf(i)) === Object.getPrototypeOf(Object.getPrototypeOf([].values())), Headers.prototype[Symbol.iterator] === Headers.prototype.entries])(new Headers().keys())",
      ["[object Headers Iterator]", true, true],
    ),
    throws("new Headers({ a: '1' }).forEach('x' as any)", "TypeError"),
    gives(
      "((seen: string[]) => { new Headers({ b: '2', a: '1' }).forEach((value, name) => seen.push(name + value)); return seen; })([])",
      ["a1", "b2"],
    ),
  ],
  Response: [gives("[new Response(403).status, Response.json({ a: 1 }).status]", [403, 200])],
  "structuredClone()": [
    gives("structuredClone({ a: [1, 'x', null, true, -0], b: { c: undefined } })", {
      a: [1, "x", null, true, 0],
      b: {},
    }),
    gives("((o) => { o.self = o; const c = structuredClone(o); return [c !== o, c.self === c]; })({} as any)", [
      true,
      true,
    ]),
    gives("((part) => { const c = structuredClone({ a: part, b: part }); return [c.a === c.b, c.a !== part]; })({})", [
      true,
      true,
    ]),
    gives("((c) => [c instanceof Date, c.getTime()])(structuredClone(new Date(5)))", [true, 5]),
    gives("((c) => [c.source, c.flags, c.lastIndex])(structuredClone(/a.b/gi))", ["a.b", "gi", 0]),
    gives("((c) => [c instanceof Map, [...c]])(structuredClone(new Map<any, any>([['k', { v: 1 }], [{ o: 1 }, 2]])))", [
      true,
      [
        ["k", { v: 1 }],
        [{ o: 1 }, 2],
      ],
    ]),
    gives("((c) => [c instanceof Set, [...c]])(structuredClone(new Set([1, 'a'])))", [true, [1, "a"]]),
    gives(
      "((c) => [c instanceof Int16Array, [...c], c.byteOffset, c.buffer.byteLength])(structuredClone(new Int16Array(Int16Array.of(1, 2, 3).buffer, 2)))",
      [true, [2, 3], 2, 6],
    ),
    gives("((c) => [c instanceof ArrayBuffer, c.byteLength])(structuredClone(new ArrayBuffer(3)))", [true, 3]),
    gives("structuredClone(new DataView(Uint8Array.of(1, 2).buffer, 1)).getUint8(0)", 2),
    gives(
      "((c) => [c instanceof RangeError, c.name, c.message, (c.cause as any).message])(structuredClone(new RangeError('far', { cause: new Error('near') })))",
      [true, "RangeError", "far", "near"],
    ),
    gives("((c) => [c instanceof Error, c.name])(structuredClone(Object.assign(new Error('x'), { name: 'Own' })))", [
      true,
      "Error",
    ]),
    gives("[structuredClone(10n) === 10n, Object.is(structuredClone(NaN), NaN), typeof structuredClone(Object(1n))]", [
      true,
      true,
      "object",
    ]),
    gives(
      "((c: any) => [c.constructor === Object, c.x, 'get' in c])(structuredClone(new (class { x = 1; get() { return 1; } })()))",
      [true, 1, false],
    ),
    gives("((c) => [c.length, 1 in c, (c as any).more])(structuredClone(Object.assign([0, , 2], { more: 'x' })))", [
      3,
      false,
      "x",
    ]),
    gives(
      "((c) => [Object.getPrototypeOf(c) === Object.prototype, Object.keys(c)])(structuredClone(JSON.parse('{\"__proto__\": 1}')))",
      [true, ["__proto__"]],
    ),
    throws("(structuredClone as any)()", "TypeError"),
    gives("structuredClone(undefined) === undefined", true),
    throws("structuredClone(1, 'x' as any)", "TypeError"),
    throws("structuredClone(() => 1)", "DataCloneError"),
    throws("structuredClone({ a: Symbol('x') })", "DataCloneError"),
    throws("structuredClone(Promise.resolve())", "DataCloneError"),
    throws("structuredClone(new WeakMap())", "DataCloneError"),
    throws("structuredClone(Object(Symbol('x')))", "DataCloneError"),
    throws("structuredClone(new Map().entries())", "DataCloneError"),
    throws("structuredClone({ rest: (function* () {})() })", "DataCloneError"),
    throws("structuredClone(1, { transfer: 5 } as any)", "TypeError"),
  ],
};
