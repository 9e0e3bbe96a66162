/** What the published web-platform tests call, as far as tests of web APIs without a page call it. It runs inside a policy. */

export interface Outcome {
  readonly name: string;
  readonly error?: string;
  /** It is about something that a policy has not, the one with this index, and was not run. */
  readonly absent?: number;
}

type Call = (...args: unknown[]) => unknown;

/** How many entries of a file of data become tests at once: a policy may not run for long without a pause. */
const PART = 12;

function claim(holds: boolean, what: string, description: unknown): void {
  if (!holds) {
    throw new Error(typeof description === "string" ? `${description}: ${what}` : what);
  }
}

function shown(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value);
  }
  try {
    if (Array.isArray(value)) {
      return `[${value.map(shown).join(", ")}]`;
    }
    return Object.is(value, -0) ? "-0" : String(value);
  } catch {
    // A class's prototype, or a list that contains itself.
    return "what has no text";
  }
}

function thrownBy(call: () => unknown): { readonly thrown: unknown } | undefined {
  try {
    call();
    return undefined;
  } catch (thrown) {
    return { thrown };
  }
}

/** Constants of DOMException that tests still name, and the names that they became. */
const oldNames: Readonly<Record<string, string>> = {
  INVALID_CHARACTER_ERR: "InvalidCharacterError",
  SYNTAX_ERR: "SyntaxError",
};

function assertThrowsJs(type: new () => Error, call: () => unknown, text?: string): void {
  const outcome = thrownBy(call);
  claim(outcome !== undefined, `expected a ${type.name}, nothing was thrown`, text);
  const { thrown } = outcome ?? {};
  claim((thrown as Error | undefined)?.constructor === type, `expected a ${type.name}, got ${shown(thrown)}`, text);
}

function assertThrowsDom(name: string, ...rest: unknown[]): void {
  const [call, text] = (typeof rest[1] === "function" ? rest.slice(1) : rest) as [() => unknown, string?];
  const outcome = thrownBy(call);
  claim(outcome !== undefined, `expected a DOMException ${name}, nothing was thrown`, text);
  const { thrown } = outcome ?? {};
  claim(thrown instanceof DOMException, `expected a DOMException, got ${shown(thrown)}`, text);
  const expected = oldNames[name] ?? name;
  claim((thrown as DOMException).name === expected, `expected ${expected}, got ${shown(thrown)}`, text);
}

function assertThrowsExactly(value: unknown, call: () => unknown, text?: string): void {
  const outcome = thrownBy(call);
  claim(outcome !== undefined && Object.is(outcome.thrown, value), "expected that value to be thrown", text);
}

const asserts = {
  assert_true: (actual: unknown, text?: string) => claim(actual === true, `expected true, got ${shown(actual)}`, text),
  assert_false: (actual: unknown, text?: string) =>
    claim(actual === false, `expected false, got ${shown(actual)}`, text),
  assert_equals: (actual: unknown, expected: unknown, text?: string) =>
    claim(Object.is(actual, expected), `expected ${shown(expected)}, got ${shown(actual)}`, text),
  assert_not_equals: (actual: unknown, other: unknown, text?: string) =>
    claim(!Object.is(actual, other), `did not expect ${shown(other)}`, text),
  assert_array_equals: (actual: ArrayLike<unknown>, expected: ArrayLike<unknown>, text?: string) =>
    claim(
      actual.length === expected.length && Array.from(actual).every((item, index) => Object.is(item, expected[index])),
      `expected ${shown(Array.from(expected))}, got ${shown(Array.from(actual))}`,
      text,
    ),
  assert_in_array: (actual: unknown, list: readonly unknown[], text?: string) =>
    claim(list.includes(actual), `${shown(actual)} is none of the list`, text),
  assert_greater_than: (actual: number, limit: number, text?: string) =>
    claim(actual > limit, `${actual} is not above ${limit}`, text),
  assert_less_than: (actual: number, limit: number, text?: string) =>
    claim(actual < limit, `${actual} is not below ${limit}`, text),
  assert_less_than_equal: (actual: number, limit: number, text?: string) =>
    claim(actual <= limit, `${actual} is above ${limit}`, text),
  assert_regexp_match: (actual: string, pattern: RegExp, text?: string) =>
    claim(pattern.test(actual), `${shown(actual)} does not match`, text),
  assert_own_property: (object: object, name: string, text?: string) =>
    claim(Object.hasOwn(object, name), `no own property ${name}`, text),
  assert_not_own_property: (object: object, name: string, text?: string) =>
    claim(!Object.hasOwn(object, name), `own property ${name}`, text),
  assert_unreached: (text?: string) => claim(false, "came where it should not", text),
  assert_throws_js: assertThrowsJs,
  assert_throws_dom: assertThrowsDom,
  assert_throws_exactly: assertThrowsExactly,
};

/** As a test sees itself. */
class Test {
  readonly finished: Promise<void>;
  done: () => void = () => undefined;
  private failure: { readonly thrown: unknown } | undefined;
  private readonly cleanups: (() => void)[] = [];

  constructor() {
    this.finished = new Promise((resolve) => {
      this.done = resolve;
    });
  }

  step(call: Call, self: unknown = this, ...args: unknown[]): void {
    const outcome = thrownBy(() => call.apply(self, args));
    if (outcome !== undefined) {
      this.failure ??= outcome;
      this.done();
    }
  }

  step_func(call: Call, self?: unknown): Call {
    return (...args) => {
      this.step(call, self, ...args);
    };
  }

  step_func_done(call: Call = () => undefined, self?: unknown): Call {
    return (...args) => {
      this.step(call, self, ...args);
      this.done();
    };
  }

  step_timeout(call: Call, milliseconds: number): void {
    setTimeout(() => {
      this.step(call);
    }, milliseconds);
  }

  unreached_func(text?: string): Call {
    return this.step_func(() => {
      asserts.assert_unreached(text);
    });
  }

  add_cleanup(call: () => void): void {
    this.cleanups.push(call);
  }

  /** Throws what one of its steps threw. */
  check(): void {
    for (const call of this.cleanups) {
      call();
    }
    if (this.failure !== undefined) {
      throw this.failure.thrown;
    }
  }
}

async function rejection(promise: Promise<unknown>): Promise<() => void> {
  try {
    await promise;
    return () => undefined;
  } catch (thrown) {
    return () => {
      throw thrown;
    };
  }
}

/**
 * Runs a test file's tests.
 * @param dataOf JSON that the tests fetch
 * @param absent the names of tests that are not run
 */
export async function run(
  file: (scope: object) => void,
  dataOf: (path: string) => unknown,
  absent: readonly RegExp[],
): Promise<Outcome[]> {
  const waiting: { readonly name: string; readonly run: () => Promise<void> }[] = [];
  const outcomes: Outcome[] = [];
  const record = (name: string, outcome: { readonly thrown: unknown } | undefined): void => {
    const thrown = outcome?.thrown;
    outcomes.push(
      outcome === undefined ? { name } : { name, error: thrown instanceof Error ? thrown.message : shown(thrown) },
    );
  };
  const isAbsent = (name: string): boolean => {
    const index = absent.findIndex((names) => names.test(name));
    if (index >= 0) {
      outcomes.push({ name, absent: index });
    }
    return index >= 0;
  };
  // Runs at once: loops count on that.
  const test = (body: Call, name: string): void => {
    if (isAbsent(name)) {
      return;
    }
    const one = new Test();
    one.step(body, one, one);
    record(
      name,
      thrownBy(() => one.check()),
    );
  };
  const promiseTest = (body: Call, name: string): void => {
    if (isAbsent(name)) {
      return;
    }
    const one = new Test();
    waiting.push({
      name,
      run: async () => {
        await body.call(one, one);
        one.check();
      },
    });
  };
  // Begins at once: what it sets up belongs to it.
  const asyncTest = (body: Call | string, name: string): Test => {
    const one = new Test();
    const title = typeof body === "function" ? name : body;
    if (isAbsent(title)) {
      return one;
    }
    if (typeof body === "function") {
      one.step(body, one, one);
    }
    waiting.push({
      name: title,
      run: async () => {
        await Promise.race([
          one.finished,
          new Promise((_resolve, reject) => {
            setTimeout(() => {
              reject(new Error("it never ended"));
            }, 3_000);
          }),
        ]);
        one.check();
      },
    });
    return one;
  };
  // Until the file says that it has told all of its tests, where it says that it will.
  let told: Promise<void> | undefined;
  let done = (): void => undefined;
  const setUp = (call: unknown): void => {
    if (typeof call === "function") {
      (call as Call)();
    } else if ((call as { explicit_done?: boolean }).explicit_done) {
      told = new Promise((resolve) => {
        done = resolve;
      });
    }
  };
  let more = true;
  for (let part = 0; more; part++) {
    more = false;
    const fetch = async (path: string): Promise<{ json(): Promise<unknown> }> => {
      const [data, isLast] = partOf(dataOf(path), part);
      more ||= !isLast;
      return { json: async () => data };
    };
    const scope = {
      ...asserts,
      test,
      promise_test: promiseTest,
      async_test: asyncTest,
      promise_rejects_dom: async (_test: Test, name: string, promise: Promise<unknown>, text?: string) => {
        assertThrowsDom(name, await rejection(promise), text);
      },
      promise_rejects_js: async (_test: Test, type: new () => Error, promise: Promise<unknown>, text?: string) => {
        assertThrowsJs(type, await rejection(promise), text);
      },
      subsetTest: (kind: Call, ...args: unknown[]) => kind(...args),
      subsetTestByKey: (_key: string, kind: Call, ...args: unknown[]) => kind(...args),
      generate_tests: (body: Call, cases: [name: string, ...args: unknown[]][]) => {
        for (const [name, ...args] of cases) {
          test(() => body(...args), name);
        }
      },
      setup: setUp,
      done: () => {
        done();
      },
      format_value: shown,
      garbageCollect: () => undefined,
      self: Object.assign(Object.create(globalThis) as object, {
        GLOBAL: { isWindow: () => false, isWorker: () => true },
      }),
      location: { search: "" },
      fetch,
    };
    test(() => {
      file(scope);
    }, "the file is evaluated");
    await told;
    // A test may make tests.
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      await new Promise((resolve) => {
        setTimeout(resolve, 1);
      });
      record(
        one.name,
        await one.run().then(
          () => undefined,
          (thrown: unknown) => ({ thrown }),
        ),
      );
    }
  }
  return outcomes;
}

/** A part of a list, or of an object of lists. */
function partOf(data: unknown, part: number): [part: unknown, isLast: boolean] {
  if (Array.isArray(data)) {
    return [data.slice(part * PART, (part + 1) * PART), (part + 1) * PART >= data.length];
  }
  const parts = Object.entries(data as object).map(([name, list]) => [name, ...partOf(list, part)] as const);
  return [Object.fromEntries(parts), parts.every(([, , isLast]) => isLast)];
}
