/**
 * What each function of the engine may cost, by name. `hostile` is run by the test beside this file; the rest is why no test is
 * needed. Whoever adds a built-in, or takes a newer QuickJS, judges it here.
 */

/** Code for a function body: `setup` gives what `run` gets as `x`. */
export interface Hostile {
  readonly name: string;
  readonly setup?: string;
  readonly run: string;
}

const hugeObject = "{ length: 2 ** 52 }";
const longObject = "{ length: 4e9 }";

/** Would run for seconds to years: each must be cut off while it runs. */
export const hostile: readonly Hostile[] = [
  ...["every", "filter", "find", "findIndex", "findLast", "findLastIndex", "flatMap", "forEach", "some"].map(
    (name) => ({
      name: `Array.prototype.${name}`,
      run: `Array.prototype.${name}.call(${hugeObject}, () => ${String(name === "every")})`,
    }),
  ),
  { name: "Array.prototype.map", run: `Array.prototype.map.call(${longObject}, () => 0)` },
  { name: "Array.prototype.reduce", run: `Array.prototype.reduce.call(${hugeObject}, () => 0, 0)` },
  { name: "Array.prototype.reduceRight", run: `Array.prototype.reduceRight.call(${hugeObject}, () => 0)` },
  ...[
    "copyWithin(1, 0)",
    "fill(0)",
    "includes(1)",
    "indexOf(1)",
    "lastIndexOf(1)",
    "reverse()",
    "shift()",
    "sort()",
  ].map((call) => ({
    name: `Array.prototype.${call.slice(0, call.indexOf("("))}`,
    run: `({ length: 2 ** 52, __proto__: Array.prototype }).${call}`,
  })),
  { name: "Array.prototype.unshift", run: `Array.prototype.unshift.call(${hugeObject}, 1)` },
  ...["join", "toString", "toLocaleString"].map((name) => ({
    name: `Array.prototype.${name}`,
    run: `new Array(4e9).${name}()`,
  })),
  ...["slice(0)", "splice(0, 4e9)"].map((call) => ({
    name: `Array.prototype.${call.slice(0, call.indexOf("("))}`,
    run: `({ length: 4e9, __proto__: Array.prototype }).${call}`,
  })),
  ...["toReversed()", "toSorted()", "toSpliced(0, 1)", "with(0, 0)"].map((call) => ({
    name: `Array.prototype.${call.slice(0, call.indexOf("("))}`,
    run: `({ length: 2e6, __proto__: Array.prototype }).${call}`,
  })),
  { name: "Array.prototype.concat", run: "[].concat(new Array(4e9))" },
  { name: "Array.prototype.flat", run: "[new Array(4e9)].flat()" },
  { name: "Array.from", run: `Array.from(${longObject})` },
  {
    name: "Array.prototype.includes",
    setup: "const text = 'a'.repeat(2e6); return [new Array(1e5).fill(text + 'b'), text + 'c'];",
    run: "x[0].includes(x[1])",
  },
  {
    name: "Array.prototype.sort",
    setup: "const text = 'a'.repeat(2e6); return Array.from({ length: 1e4 }, (_, i) => text + (i % 10));",
    run: "x.sort()",
  },
  {
    name: "Array.prototype.shift",
    setup: "return new Array(1e6).fill(0);",
    run: "while (x.length > 9e5) x.shift()",
  },
  {
    name: "TypedArray.prototype.sort",
    setup: "let s = 1; return Float64Array.from({ length: 4e5 }, () => (s = (s * 48271) % 2147483647));",
    run: "x.sort()",
  },
  {
    name: "TypedArray.prototype.toSorted",
    setup: "let s = 1; return Uint32Array.from({ length: 4e5 }, () => (s = (s * 48271) % 2147483647));",
    run: "x.toSorted()",
  },
  ...[
    "every",
    "filter",
    "find",
    "findIndex",
    "findLast",
    "findLastIndex",
    "forEach",
    "map",
    "reduce",
    "reduceRight",
    "some",
  ].map((name) => ({
    name: `TypedArray.prototype.${name}`,
    run: `new Uint8Array(4e6).${name}(() => ${String(name === "every")})`,
  })),
  ...["join", "toLocaleString"].map((name) => ({
    name: `TypedArray.prototype.${name}`,
    run: `new Uint8Array(4e6).${name}()`,
  })),
  { name: "TypedArray.prototype.set", run: "new Uint8Array(4e6).set({ length: 4e6 })" },
  { name: "TypedArray.from", run: "Uint8Array.from({ length: 4e6 })" },
  ...[
    "Uint8Array",
    "Int8Array",
    "Uint8ClampedArray",
    "Uint16Array",
    "Int16Array",
    "Uint32Array",
    "Int32Array",
    "Float32Array",
    "Float64Array",
  ].map((name) => ({ name, run: `new ${name}({ length: 4e6 })` })),
  { name: "BigInt64Array", setup: "return new BigUint64Array(1e6);", run: "new BigInt64Array(x)" },
  { name: "BigUint64Array", setup: "return new BigInt64Array(1e6);", run: "new BigUint64Array(x)" },

  ...["toLowerCase", "toUpperCase", "toLocaleLowerCase", "toLocaleUpperCase"].map((name) => ({
    name: `String.prototype.${name}`,
    setup: "return 'a'.repeat(4e6);",
    run: `x.${name}()`,
  })),
  ...["NFC", "NFD", "NFKC", "NFKD"].map((form) => ({
    name: "String.prototype.normalize",
    setup: "return 'a' + '\\u0315\\u0300'.repeat(2e5);",
    run: `x.normalize("${form}")`,
  })),
  {
    name: "String.prototype.localeCompare",
    setup: "return 'a' + '\\u0315\\u0300'.repeat(2e5);",
    run: "x.localeCompare(x)",
  },
  { name: "String.prototype.split", setup: "return 'a,'.repeat(1e6);", run: "x.split(',')" },
  { name: "String.prototype.replaceAll", setup: "return 'a'.repeat(1e6);", run: "x.replaceAll('a', 'b')" },
  { name: "String.prototype.replace", setup: "return '$<'.repeat(4e5);", run: "'y'.replace(/(?<n>y)/, x)" },
  { name: "String.prototype.match", setup: "return 'a'.repeat(1e6);", run: "x.match(/a/g)" },
  { name: "String.prototype.matchAll", setup: "return 'a'.repeat(1e6);", run: "[...x.matchAll(/a/g)]" },
  { name: "String.prototype.search", run: "'a'.repeat(60).search(/^(a+)+$/) + 'ab'.repeat(40).search(/((a|b)*)*c/)" },
  { name: "String.raw", run: "String.raw({ raw: { length: 2 ** 52 } })" },

  ...["encodeURI", "encodeURIComponent", "decodeURI", "decodeURIComponent", "escape", "unescape"].map((name) => ({
    name,
    setup: "return 'a'.repeat(4e6);",
    run: `${name}(x)`,
  })),

  { name: "JSON.parse", setup: "return '[' + '1,'.repeat(1e6) + '1]';", run: "JSON.parse(x)" },
  { name: "JSON.parse", setup: "return '[' + '1,'.repeat(1e6) + '1]';", run: "JSON.parse(x, (key, value) => value)" },
  { name: "JSON.stringify", run: "JSON.stringify(new Array(4e9))" },
  { name: "JSON.parse", setup: "return '['.repeat(1e6);", run: "JSON.parse(x)" },
  { name: "JSON.stringify", setup: "return 'a'.repeat(4e6);", run: "JSON.stringify(x)" },
  {
    name: "JSON.stringify",
    setup: "let x = []; for (let i = 0; i < 2e4; i++) x = [x]; return x;",
    run: "JSON.stringify(x, null, 1)",
  },
  {
    name: "JSON.stringify",
    setup: "return Array.from({ length: 1e5 }, (_, i) => 'k' + i);",
    run: "JSON.stringify({}, x)",
  },
  {
    name: "JSON.parse",
    // Strings with one hash: it multiplies by 263, so that "\u0001" + c and "\u0000" + (c + 263) are alike.
    setup: `const pairs = ["\\u0101\\u0100", "\\u0100\\u0207"];
      const keys = Array.from({ length: 1 << 13 }, (_, i) => Array.from({ length: 13 }, (_, bit) => pairs[(i >> bit) & 1]).join(""));
      return "{" + keys.map((key) => '"' + key + '":0').join() + "}";`,
    run: "JSON.parse(x)",
  },

  { name: "BigInt", setup: "return '9'.repeat(3e5);", run: "BigInt(x)" },
  { name: "BigInt.prototype.toString", setup: "return (1n << 1000000n) - 1n;", run: "x.toString()" },
  { name: "operator *", setup: "return (1n << 500000n) - 1n;", run: "x * x" },
  { name: "operator **", run: "3n ** 600000n" },
  { name: "operator /", setup: "return [(1n << 1000000n) - 1n, (1n << 500000n) - 1n];", run: "x[0] / x[1]" },
  { name: "operator %", setup: "return [(1n << 1000000n) - 1n, (1n << 500000n) - 1n];", run: "x[0] % x[1]" },
  {
    name: "operator <<",
    setup: "return (1n << 900000n) - 1n;",
    run: "for (let i = 0; i < 1e5; i++) x << 1n",
  },
  {
    name: "operator ===",
    setup: "return ['a'.repeat(4e6), 'a'.repeat(4e6)];",
    run: "for (let i = 0; i < 1e4; i++) if (x[0] !== x[1]) break",
  },
  {
    name: "Map.prototype.get",
    setup: "return [new Map([['', 0]]), 'a'.repeat(4e6)];",
    run: "for (let i = 0; i < 1e4; i++) x[0].get(x[1])",
  },
  {
    name: "operator instanceof",
    setup: "let p = {}; for (let i = 0; i < 4e5; i++) p = Object.create(p); return p;",
    run: "x instanceof Map",
  },

  { name: "RegExp", setup: "return 'a|'.repeat(3e5);", run: "new RegExp(x)" },
  {
    name: "RegExp",
    setup:
      "return '[' + Array.from({ length: 3e4 }, (_, i) => String.fromCharCode(0x1000 + 2 * i % 0xc000)).join('') + ']';",
    run: "new RegExp(x.repeat(40))",
  },
  { name: "RegExp", setup: "return '[' + 'a-b'.repeat(3e4) + ']';", run: "new RegExp(x, 'i')" },
  { name: "RegExp", setup: "return '\\\\k<n>'.repeat(1e4) + '(?<n>a)';", run: "new RegExp(x)" },
  { name: "RegExp", setup: "return '(?<=' + 'a'.repeat(3e5) + ')';", run: "new RegExp(x)" },
  { name: "RegExp.prototype.exec", run: "/^(a+)+$/.exec('a'.repeat(60) + 'b')" },
  { name: "RegExp.prototype.exec", setup: "return 'a'.repeat(2e6) + 'b';", run: "/(a*)\\1c/.exec(x)" },
  { name: "RegExp.prototype.test", run: "/^(a+)+$/.test('a'.repeat(60) + 'b')" },
  { name: "RegExp.prototype[Symbol.match]", setup: "return 'a'.repeat(1e6);", run: "/a/g[Symbol.match](x)" },
  { name: "RegExp.prototype[Symbol.matchAll]", setup: "return 'a'.repeat(1e6);", run: "[.../a/g[Symbol.matchAll](x)]" },
  { name: "RegExp.prototype[Symbol.replace]", setup: "return 'a'.repeat(1e6);", run: "/a/g[Symbol.replace](x, '')" },
  { name: "RegExp.prototype[Symbol.replace]", setup: "return 'a'.repeat(1e6);", run: "/a/g[Symbol.replace](x, 'b')" },
  { name: "RegExp.prototype[Symbol.search]", run: "/(a+)+b/[Symbol.search]('a'.repeat(60))" },
  { name: "RegExp.prototype[Symbol.split]", setup: "return 'a'.repeat(1e6);", run: "/b/[Symbol.split](x)" },

  ...["Object.keys", "Object.entries", "Object.values", "Object.getOwnPropertyNames", "Reflect.ownKeys"].map(
    (name) => ({
      name: `${name} of a Proxy`,
      setup:
        "const keys = Array.from({ length: 1e5 }, (_, i) => 'k' + i); return new Proxy({}, { ownKeys: () => keys });",
      run: `${name}(x)`,
    }),
  ),
  {
    name: "Object.prototype.isPrototypeOf",
    setup: "let p = {}; for (let i = 0; i < 4e5; i++) p = Object.create(p); return p;",
    run: "x.isPrototypeOf.call({}, x)",
  },
  { name: "Map", setup: "return new Array(4e5).fill([1, 1]);", run: "new Map(x)" },
  { name: "Set", setup: "return new Array(4e5).fill(1);", run: "new Set(x)" },
  { name: "WeakMap", setup: "return new Array(4e5).fill([{}, 1]);", run: "new WeakMap(x)" },
  { name: "WeakSet", setup: "return new Array(4e5).fill({});", run: "new WeakSet(x)" },
  {
    name: "Map.prototype.forEach",
    setup: "return new Map(Array.from({ length: 2e5 }, (_, i) => [i, i]));",
    run: "x.forEach(() => 0)",
  },
  {
    name: "Set.prototype.forEach",
    setup: "return new Set(Array.from({ length: 2e5 }, (_, i) => i));",
    run: "x.forEach(() => 0)",
  },
  {
    name: "Object.fromEntries",
    setup: "return { next: Object.prototype.valueOf, value: ['a', 1], [Symbol.iterator]() { return this; } };",
    run: "Object.fromEntries(x)",
  },
  {
    name: "AggregateError",
    setup: "return { next: Object.prototype.valueOf, value: 1, [Symbol.iterator]() { return this; } };",
    run: "new AggregateError(x)",
  },
  ...["all", "allSettled", "any", "race"].map((name) => ({
    name: `Promise.${name}`,
    setup: "return new Array(2e5).fill(1);",
    run: `Promise.${name}(x)`,
  })),

  {
    name: "crypto.subtle.digest",
    setup: "return new Uint8Array(16 << 20);",
    run: "crypto.subtle.digest('SHA-256', x)",
  },
  {
    name: "TextDecoder.prototype.decode",
    setup: "return new Uint8Array(16 << 20).fill(65);",
    run: "const d = new TextDecoder(); for (;;) d.decode(x)",
  },
  {
    name: "TextEncoder.prototype.encode",
    setup: "return 'a'.repeat(4e6);",
    run: "const e = new TextEncoder(); for (let i = 0; i < 1e4; i++) e.encode(x)",
  },
  { name: "atob", setup: "return 'a'.repeat(4e6);", run: "for (let i = 0; i < 1e4; i++) atob(x)" },
  { name: "btoa", setup: "return 'a'.repeat(4e6);", run: "for (let i = 0; i < 1e4; i++) btoa(x)" },
  { name: "structuredClone", setup: "return Array.from({ length: 2e5 }, () => ({}));", run: "structuredClone(x)" },
  { name: "URL", setup: "return 'http://' + 'ä'.repeat(3e5) + '/';", run: "new URL(x)" },

  // Once through as much as memory holds: long enough to hold up everybody else.
  { name: "TypedArray.prototype.sort", setup: "return new Uint8Array(3e7);", run: "x.sort()" },
  { name: "TypedArray.prototype.sort", setup: "return new Float64Array(4e6);", run: "x.sort()" },
  { name: "TypedArray.prototype.sort", setup: "return new Uint16Array(4e6);", run: "x.sort(() => 0)" },
  { name: "TypedArray.prototype.toSorted", setup: "return new Uint8Array(3e7);", run: "x.toSorted()" },
  { name: "TypedArray.prototype.reverse", setup: "return new Uint8Array(3e7);", run: "x.reverse()" },
  { name: "TypedArray.prototype.toReversed", setup: "return new Uint8Array(3e7);", run: "x.toReversed()" },
  ...["indexOf", "lastIndexOf", "includes"].map((name) => ({
    name: `TypedArray.prototype.${name}`,
    setup: "return new Uint16Array(2e7);",
    run: `x.${name}(1)`,
  })),
  ...["'\\ufdfa'.repeat(3e5)", "'€'.repeat(1e6)", "'\\uac01'.repeat(4e5)"].flatMap((text) =>
    ["NFC", "NFD", "NFKC", "NFKD"].map((form) => ({
      name: "String.prototype.normalize",
      setup: `return ${text};`,
      run: `x.normalize("${form}")`,
    })),
  ),
  ...["lastIndexOf('b')", "indexOf('b')", "includes('b')", "split('b')", "replace('b', '')"].map((call) => ({
    name: `String.prototype.${call.slice(0, call.indexOf("("))}`,
    setup: "return 'a'.repeat(3e7);",
    run: `x.${call}`,
  })),
  {
    name: "String.prototype.indexOf",
    setup: "return 'a'.repeat(2e7);",
    run: "x.indexOf(x)",
  },
  ...["trim", "trimStart", "trimEnd"].map((name) => ({
    name: `String.prototype.${name}`,
    setup: "return ' '.repeat(3e7);",
    run: `x.${name}()`,
  })),
  ...["isWellFormed", "toWellFormed"].map((name) => ({
    name: `String.prototype.${name}`,
    setup: "return '€'.repeat(1e7);",
    run: `x.${name}()`,
  })),
  ...["startsWith", "endsWith"].map((name) => ({
    name: `String.prototype.${name}`,
    setup: "return 'a'.repeat(3e7);",
    run: `x.${name}(x)`,
  })),
  { name: "String.prototype.repeat", run: "'ab'.repeat(1e7)" },
  { name: "String.prototype.repeat", run: "'☃'.repeat(2e7)" },
  { name: "String.prototype.padStart", run: "''.padStart(2e7, '☃')" },
  { name: "String.prototype.padEnd", run: "''.padEnd(2e7, 'ab')" },
  { name: "String.prototype[Symbol.iterator]", setup: "return 'a'.repeat(3e6);", run: "[...x]" },
  { name: "Array.from", setup: "return 'a'.repeat(3e6);", run: "Array.from(x)" },
  ...["Number", "parseInt", "parseFloat", "1 == "].flatMap((name) =>
    ["'0'", "'1'", "' '"].map((char) => ({
      name: name === "1 == " ? "operator ==" : name,
      setup: `return ${char}.repeat(3e7) + "1";`,
      run: `${name}(x)`,
    })),
  ),
  {
    name: "Number",
    setup: "return (1n << 900000n) - 1n;",
    run: "for (let i = 0; i < 1e5; i++) Number(x)",
  },
  ...["slice()", "splice(0, 1)", "unshift(1)", "copyWithin(1, 0)"].map((call) => ({
    name: `Array.prototype.${call.slice(0, call.indexOf("("))}`,
    setup: "return new Array(2e6).fill('abc');",
    run: `x.${call}`,
  })),
  { name: "operator ...", setup: "return new Array(2e6).fill(0);", run: "[...x]" },
  { name: "Object.freeze", setup: "return new Array(1e6).fill(0);", run: "Object.freeze(x)" },
  { name: "Object.seal", setup: "return new Array(1e6).fill(0);", run: "Object.seal(x)" },
  { name: "operator []", setup: "return new Array(1e6).fill(0);", run: "x[1e8] = 0" },
  {
    name: "operator in",
    setup: "return Object.assign(new Array(1e6).fill(0), { a: 0 });",
    run: "for (const k in x) break",
  },
  { name: "atob", setup: "return ' '.repeat(3e7);", run: "atob(x)" },
  {
    name: "TextDecoder.prototype.decode",
    setup: "return new Uint8Array(1e7).fill(0xe2);",
    run: "new TextDecoder().decode(x)",
  },
  { name: "RegExp", setup: "return '[' + 'a'.repeat(1e6) + ']';", run: "new RegExp(x, 'u')" },
];

/** Searches: alike almost everywhere, and yet over soon. `run` gives true when the result is right. */
export const linear: readonly Hostile[] = [
  {
    name: "String.prototype.includes",
    setup: "return ['a'.repeat(2e5), 'a'.repeat(1e5) + 'b'];",
    run: "!x[0].includes(x[1]) && (x[0] + x[1]).includes(x[1])",
  },
  {
    name: "String.prototype.indexOf",
    setup: "return ['a'.repeat(2e5), 'a'.repeat(5e4) + 'b' + 'a'.repeat(5e4)];",
    run: "x[0].indexOf(x[1]) === -1 && (x[0] + 'b' + x[0]).indexOf(x[1]) === 15e4",
  },
  {
    name: "String.prototype.lastIndexOf",
    setup: "return ['a'.repeat(2e5), 'b' + 'a'.repeat(1e5)];",
    run: "x[0].lastIndexOf(x[1]) === -1 && (x[1] + x[0]).lastIndexOf(x[1]) === 0",
  },
  {
    name: "String.prototype.indexOf",
    setup: "return ['ä€'.repeat(1e5), 'ä€'.repeat(5e4) + '€'];",
    run: "x[0].indexOf(x[1]) === -1 && (x[0] + x[1]).indexOf(x[1]) === 2e5",
  },
  {
    name: "String.prototype.split",
    setup: "return ['a'.repeat(2e5), 'a'.repeat(1e5) + 'b'];",
    run: "x[0].split(x[1]).length === 1",
  },
  {
    name: "String.prototype.replace",
    setup: "return ['a'.repeat(2e5), 'a'.repeat(1e5) + 'b'];",
    run: "x[0].replace(x[1], '') === x[0]",
  },
  {
    name: "String.prototype.replaceAll",
    setup: "return ['a'.repeat(2e5), 'a'.repeat(1e5) + 'b'];",
    run: "x[0].replaceAll(x[1], '') === x[0]",
  },
];

/** Why the others cannot run on, and their names. */
export const bounded: Readonly<Record<string, RegExp>> = {
  "No input decides the cost.":
    /^(?:Math\.|Number\.(?:is|prototype)|Boolean|Symbol|Date|DataView|get |set |is(?:NaN|Finite)$|Number$|BigInt\.(?:prototype\.valueOf)|performance|queueMicrotask|eval$|DOMException|WeakRef|FinalizationRegistry|Proxy|Error|\w+Error$|Array(?:Buffer)?\.is|SharedArrayBuffer)/,
  "It makes an object, or calls a function once.":
    /^(?:Object|Array|TypedArray|Function|Generator|AsyncGenerator|AsyncFunction\b.*|GeneratorFunction|Promise|Reflect\.(?:get|set|has|is|define|delete|prevent)\w*|Promise\.(?:resolve|reject|withResolvers|prototype\.\w+)|Object\.(?:create|getPrototypeOf|is|isExtensible|preventExtensions|hasOwn|defineProperty|getOwnPropertyDescriptor)|Object\.prototype\.\w+|(?:Array|TypedArray)\.prototype\.(?:at|keys|values|entries|subarray)|Array\.prototype\.(?:pop|push)|\w*Iterator.*|(?:Async)?Generator\.\w+.*|AsyncIterator.*|(?:Map|Set)\.prototype\.(?:keys|values|entries))$/,
  "There are at most 65,535 arguments, and the stack is 64 KiB.":
    /^(?:(?:Array|TypedArray)\.of|String\.from\w+|Reflect\.(?:apply|construct)|Function\.prototype\b.*)$/,
  "It walks what counted when it was made, and counts each step for the next poll.":
    /^(?:(?:Map|Set|WeakMap|WeakSet)\.prototype\.(?:set|get|has|add|delete|clear)|(?:Object|Reflect)\.setPrototypeOf)$/,
  "It goes once through what the memory's limit holds, in nanoseconds each, and counts that for the next poll.":
    /^(?:String|String\.prototype(?:\.(?:at|charAt|charCodeAt|codePointAt|concat|substring|substr|slice|trimLeft|trimRight|toString|valueOf))|BigInt\.as\w+|ArrayBuffer(?:\.prototype\.\w+)?|TypedArray\.prototype\.(?:with|copyWithin|fill|slice)|RegExp\.prototype\.toString|Object\.(?:keys|values|entries|getOwn\w+|assign|isSealed|isFrozen|defineProperties)|Reflect\.ownKeys)$/,
};
