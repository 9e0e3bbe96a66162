/** The keys of a file of cases and their forms. What they mean is in `docs/cases.md`; `runner/case-file.ts` has the types. */
import * as v from "valibot";
import { limits } from "../config/limits.js";
import { isName } from "../config/names.js";
import { closedObject, countAboveZero, filledList, filledText, mappingOf, parsed, text } from "../config/schema-kit.js";
import { futureCapabilities, offeredCapabilities } from "./capabilities.js";

const anyText = v.string();
const capability = text(
  "a capability that docs/cases.md lists",
  (value) => offeredCapabilities.includes(value) || futureCapabilities.includes(value),
);
const duration = text("a duration such as 250ms, 5s, 2m or 1h", (value) => /^\d+(ms|s|m|h)$/.test(value));
const instant = text(
  "a time such as 2026-01-01T00:00:00Z",
  (value) => /^\d{4}-\d\d-\d\dT.*Z$/.test(value) && !Number.isNaN(Date.parse(value)),
);
const pointerExpected = "a JSON pointer such as /items/0/name";
const isPointer = (value: string) => /^(\/[^/]*)*$/.test(value);
const pointer = text(pointerExpected, isPointer);
const pattern = text("a regular expression", isPattern);
const count = wholeNumber(0);
const onError = v.picklist(["deny", "allow"]);
const partialRequests = v.picklist(["allow", "prevent"]);
const anyMapping = v.custom<Record<string, unknown>>(isMapping);

/** A literal, or a mapping that is known by its first key in `kinds`. */
function oneOf(
  expected: string,
  isLiteral: (value: unknown) => boolean,
  kinds: Readonly<Record<string, () => v.GenericSchema>>,
): v.GenericSchema {
  return v.lazy((value): v.GenericSchema => {
    if (isLiteral(value)) {
      return v.unknown();
    }
    const keys = Object.keys(kinds);
    const kind = isMapping(value) ? keys.find((key) => Object.hasOwn(value, key)) : undefined;
    if (kind !== undefined) {
      return kinds[kind]!();
    }
    if (!isMapping(value) || Object.keys(value).length === 0) {
      return parsed(expected, () => undefined);
    }
    return closedObject(Object.fromEntries(keys.map((key) => [key, v.optional(v.unknown())])));
  });
}

const isText = (value: unknown): value is string => typeof value === "string";
const isScalar = (value: unknown) => ["string", "number", "boolean"].includes(typeof value);
const never = () => false;

const payload: v.GenericSchema = oneOf("a text, or one of json, base64, hex, repeat, concat", isText, {
  json: () => closedObject({ json: v.unknown() }),
  base64: () => closedObject({ base64: text("base64", (value) => /^[A-Za-z0-9+/]*={0,2}$/.test(value)) }),
  hex: () => closedObject({ hex: text("pairs of hexadecimal digits", (value) => /^([0-9a-f]{2})*$/i.test(value)) }),
  repeat: () => closedObject({ repeat: anyText, times: wholeNumber(1) }),
  concat: () => closedObject({ concat: filledList(payload) }),
});

const syncPoint = oneOf(
  "upstream, response, or one of upstream_bytes, client_bytes, log",
  (value) => value === "upstream" || value === "response",
  {
    upstream_bytes: () => closedObject({ upstream_bytes: wholeNumber(1) }),
    client_bytes: () => closedObject({ client_bytes: wholeNumber(1) }),
    log: () => closedObject({ log: anyText }),
  },
);

const chunk: v.GenericSchema = v.lazy((value): v.GenericSchema => {
  if (isMapping(value) && "await" in value) {
    return closedObject({ await: syncPoint });
  }
  if (isMapping(value) && "abort" in value) {
    return closedObject({ abort: v.literal(true) });
  }
  return payload;
});

/** @param alternative The same matcher, for `one_of`. */
function valueMatcher(
  literals: string,
  isLiteral: (value: unknown) => boolean,
  alternative: () => v.GenericSchema,
): v.GenericSchema {
  return oneOf(`${literals}, or one of absent, present, matches, contains, one_of`, isLiteral, {
    absent: () => closedObject({ absent: v.literal(true) }),
    present: () => closedObject({ present: v.literal(true) }),
    matches: () => closedObject({ matches: pattern }),
    contains: () => closedObject({ contains: anyText }),
    one_of: () => closedObject({ one_of: filledList(alternative()) }),
  });
}

const jsonMatcher: v.GenericSchema = valueMatcher("a text, a number, true, false", isScalar, () => jsonMatcher);
/** What is no JSON is text: a number there would match nothing. */
const textMatcher: v.GenericSchema = valueMatcher("a text (numbers in quotes)", isText, () => textMatcher);

const headerMatcher: v.GenericSchema = v.lazy((value): v.GenericSchema => {
  if (isMapping(value) && "values" in value) {
    return closedObject({ values: v.array(anyText) });
  }
  if (isMapping(value) && "one_of" in value) {
    return closedObject({ one_of: filledList(headerMatcher) });
  }
  return textMatcher;
});

const headerMatchers = mappingOf(headerMatcher);

const bodyMatcher: v.GenericSchema = oneOf(
  "a text, or one of empty, json, json_subset, at, contains, lacks, matches, bytes, form, all_of, one_of",
  isText,
  {
    empty: () => closedObject({ empty: v.literal(true) }),
    json: () => closedObject({ json: v.unknown(), ignore: v.optional(v.array(pointer)) }),
    json_subset: () => closedObject({ json_subset: v.unknown() }),
    at: () => closedObject({ at: mappingOf(jsonMatcher, pointerExpected, isPointer) }),
    contains: () => closedObject({ contains: anyText }),
    lacks: () => closedObject({ lacks: anyText }),
    matches: () => closedObject({ matches: pattern }),
    bytes: () => closedObject({ bytes: payload }),
    form: () => closedObject({ form: mappingOf(anyText) }),
    all_of: () => closedObject({ all_of: filledList(bodyMatcher) }),
    one_of: () => closedObject({ one_of: filledList(bodyMatcher) }),
  },
);

const outbound = closedObject({
  method: v.optional(textMatcher),
  path: v.optional(textMatcher),
  authority: v.optional(textMatcher),
  headers: v.optional(headerMatchers),
  body: v.optional(bodyMatcher),
  trailers: v.optional(headerMatchers),
});

const pairs = v.array(
  parsed("a pair [name, value] of texts (numbers in quotes)", (value) =>
    Array.isArray(value) && value.length === 2 && value.every(isText) ? value : undefined,
  ),
);

/** What requests and replies have in common. */
const message = {
  headers: v.optional(pairs),
  body: v.optional(payload),
  chunks: v.optional(filledList(chunk)),
  trailers: v.optional(pairs),
};

/** `body` has a content-length, `chunks` none, and only those can have trailers. */
function framed<const Schema extends v.GenericSchema<Record<string, unknown>>>(schema: Schema) {
  return v.pipe(
    schema,
    v.rawCheck(({ dataset, addIssue }) => {
      const { body, chunks, trailers } = dataset.value as Record<string, unknown>;
      if (body !== undefined && chunks !== undefined) {
        addIssue({ expected: "either body or chunks", received: "both", message: "" });
      }
      if (trailers !== undefined && chunks === undefined) {
        addIssue({ expected: "chunks where there are trailers", received: "none", message: "" });
      }
    }),
  );
}

const request = framed(
  closedObject({
    method: text("a method in upper case, such as GET", (value) => /^[A-Z]+$/.test(value)),
    path: text("a path that begins with /", (value) => value.startsWith("/")),
    authority: v.optional(anyText),
    ...message,
    tls: v.optional(closedObject({ clientCertificate: anyText, clientKey: anyText })),
    properties: v.optional(mappingOf(anyText)),
  }),
);

const status = parsed("a status from 100 to 599", (value) =>
  Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 599 ? value : undefined,
);

const wholeReply = framed(
  closedObject({
    status,
    when: v.optional(v.literal("head")),
    ...message,
    delay: v.optional(duration),
  }),
);

/** What a policy answers: all at once. */
const policyReply = closedObject({ status, headers: message.headers, body: message.body });

const reply = oneOf("a reply: status, or fail", never, {
  status: () => wholeReply,
  fail: () => closedObject({ fail: v.picklist(["timeout", "refused", "reset"]) }),
});

const backends = mappingOf(
  v.array(
    closedObject({
      match: v.optional(outbound),
      reply,
      repeat: v.optional(v.literal(true)),
    }),
  ),
);

const calls = oneOf("a number, or min and max", (value) => Number.isInteger(value), {
  min: () => closedObject({ min: count, max: v.optional(count) }),
  max: () => closedObject({ max: count }),
});
const elapsed = closedObject({ min: v.optional(duration), max: v.optional(duration) });
const services = mappingOf(
  closedObject({
    calls,
    saw: v.optional(v.lazy((value): v.GenericSchema => (Array.isArray(value) ? v.array(outbound) : outbound))),
  }),
);
const log = filledList(
  closedObject({ level: v.optional(v.picklist(["trace", "debug", "info", "warn", "error"])), contains: anyText }),
);

const upstream = v.lazy((value): v.GenericSchema => {
  if (isText(value)) {
    return v.picklist(["reached", "not-reached", "not-completed"]);
  }
  return isMapping(value) && "beginning" in value ? closedObject({ beginning: outbound }) : outbound;
});

const expectations = v.pipe(
  closedObject({
    response: v.optional(v.picklist(["complete", "broken", "none", "aborted"])),
    status: v.optional(
      oneOf("a status, or one_of", (value) => Number.isInteger(value), {
        one_of: () => closedObject({ one_of: filledList(wholeNumber(100)) }),
      }),
    ),
    headers: v.optional(headerMatchers),
    body: v.optional(bodyMatcher),
    trailers: v.optional(headerMatchers),
    upstream,
    services: v.optional(services),
    forwarded: v.optional(closedObject({ headers: headerMatchers })),
    elapsed: v.optional(elapsed),
    log: v.optional(log),
    violation: v.optional(v.boolean()),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    const { status, response } = dataset.value as { status?: unknown; response?: unknown };
    if (status === undefined && response !== "none" && response !== "aborted") {
      addIssue({ expected: "a status", received: "none", message: "" });
    }
  }),
);

const step = oneOf("a step: request, advance, or parallel", never, {
  request: () => closedObject({ request, backends: v.optional(backends), expect: expectations }),
  advance: () =>
    closedObject({
      advance: duration,
      backends: v.optional(backends),
      expect: v.optional(closedObject({ services: v.optional(services), log: v.optional(log) })),
    }),
  parallel: () =>
    closedObject({
      parallel: closedObject({
        requests: filledList(closedObject({ times: wholeNumber(1), request })),
        backends: v.optional(backends),
        expect: closedObject({
          statuses: mappingOf(count),
          upstream_calls: calls,
          elapsed: v.optional(elapsed),
        }),
      }),
    }),
});

const chainMember = oneOf("self, or one of stub, policy", (value) => value === "self", {
  stub: () =>
    v.lazy(
      (value): v.GenericSchema =>
        (value as Record<string, unknown>)["stub"] === "mark"
          ? closedObject({ stub: v.literal("mark"), header: v.tuple([anyText, anyText]) })
          : closedObject({
              stub: v.picklist(["reply", "mark"]),
              phase: v.picklist(["headers", "body"]),
              reply: policyReply,
            }),
    ),
  policy: () =>
    closedObject({
      policy: anyText,
      name: v.optional(anyText),
      config: v.optional(anyMapping),
      onError: v.optional(onError),
    }),
});

const named = {
  name: text("a name", (value) => value.trim() !== ""),
  origin: v.optional(anyText),
  needs: v.optional(v.array(capability)),
  config: v.optional(anyMapping),
};

/** What holds for all cases of a file, or for one. */
const conditions = {
  partialRequests: v.optional(partialRequests),
  limits: v.optional(limits),
  workers: v.optional(countAboveZero),
};

const startedCase = closedObject({
  ...named,
  ...conditions,
  clock: v.optional(closedObject({ now: instant, exact: v.boolean() })),
  chain: v.optional(filledList(chainMember)),
  onError: v.optional(onError),
  steps: filledList(step),
});

/** The policy refuses its configuration: there are no steps. */
const refusedCase = v.pipe(
  closedObject({
    ...named,
    start: closedObject({ error: text("a text that the refusal contains", (value) => value.trim() !== "") }),
  }),
  withoutSteps(),
);

/** No engine runs it, so its other keys may be any. */
const futureCase = v.pipe(v.looseObject(named), withoutSteps());

function needsFuture(value: unknown): boolean {
  const needs = isMapping(value) ? value["needs"] : undefined;
  return Array.isArray(needs) && needs.some((need) => futureCapabilities.includes(need as string));
}

const testCase: v.GenericSchema = v.lazy((value): v.GenericSchema => {
  if (needsFuture(value)) {
    return futureCase;
  }
  return isMapping(value) && "start" in value ? refusedCase : startedCase;
});

const service = v.pipe(
  closedObject({
    name: text(
      "a name that is not upstream",
      (value) => /^[a-z][a-z0-9-]*$/.test(value) && value !== "upstream" && isName(value),
    ),
    at: v.optional(pointer),
    address: v.optional(text("an origin such as http://auth.test:8080", (value) => /^https?:\/\/[^/]+$/.test(value))),
    unknown: v.optional(v.literal(true)),
    protocol: v.optional(v.literal("http")),
    meaning: v.optional(anyText),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    const { at, address, unknown } = dataset.value as Record<string, unknown>;
    if (unknown !== undefined && at !== undefined) {
      addIssue({ expected: "unknown for a service that is called by its name", received: "one with at", message: "" });
    }
    if ((at === undefined) !== (address === undefined)) {
      addIssue({ expected: "at and address together", received: "one of them", message: "" });
    }
  }),
);

const wholeFile = {
  use: v.optional(filledText("the path of a policy's source or module, relative to this file")),
  ...conditions,
  needs: v.optional(v.array(capability), []),
  services: v.optional(v.array(service), []),
  fixtures: v.optional(anyMapping),
  cases: filledList(testCase),
  // What the file tells its readers about the policy.
  policy: v.optional(anyText),
  summary: v.optional(anyText),
  notes: v.optional(v.array(anyText)),
  config: v.optional(v.array(anyMapping)),
};

/** Where the file as a whole needs what no engine has, none of its cases is run. */
export const caseFileSchema: v.GenericSchema = v.lazy((value) =>
  closedObject(
    needsFuture(value)
      ? {
          ...wholeFile,
          services: v.optional(v.array(v.looseObject({ name: anyText })), []),
          cases: filledList(futureCase),
        }
      : wholeFile,
  ),
);

function withoutSteps<Value extends object>() {
  return v.transform((value: Value) => ({ ...value, steps: [] }));
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPattern(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}

function wholeNumber(least: number) {
  return parsed(`a whole number of at least ${least}`, (value) =>
    Number.isInteger(value) && Number(value) >= least ? value : undefined,
  );
}
