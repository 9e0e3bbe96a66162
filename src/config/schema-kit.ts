/**
 * Schemas whose issues say what was expected; a closed object names every key that it does not know. What code alone can check has a form
 * as well: keywords of JSON Schema (draft 7), which say as much of it as they can.
 */
import * as v from "valibot";
import { didYouMean } from "./did-you-mean.js";
import { preview } from "./problems.js";
import {
  durationExpected,
  durationForm,
  parseDuration,
  parseSize,
  sizeAboveZeroForm,
  sizeExpected,
  sizeForm,
} from "./units.js";

/** Keywords of JSON Schema. */
export type Form = Readonly<Record<string, unknown>>;

const plainForms = new WeakMap<object, () => v.GenericSchema>();

/** What a schema that code checks asks for, as plain schemas say it; undefined for a schema that is plain itself. */
export function plainForm(schema: object): v.GenericSchema | undefined {
  return plainForms.get(schema)?.();
}

/** Valibot takes a list for an object. */
function mapping<Value>(plain: () => v.GenericSchema) {
  const schema = v.custom<Value>(isMapping);
  plainForms.set(schema, plain);
  return schema;
}

/** An object with these keys only. */
export function closedObject<const Entries extends v.ObjectEntries>(entries: Entries, form: Form = {}) {
  return v.pipe(
    mapping<v.InferInput<v.LooseObjectSchema<Entries, undefined>>>(() => v.strictObject(entries)),
    v.metadata(form),
    ownKeys(entries),
    v.rawCheck(({ dataset, addIssue }) => {
      const value = dataset.value as Record<string, unknown>;
      for (const key of Object.keys(value)) {
        if (!Object.hasOwn(entries, key)) {
          addIssue({
            label: unknownKey,
            message: `unknown key "${key}"${didYouMean(key, Object.keys(entries)) || `; known are ${Object.keys(entries).join(", ")}`}`,
            path: [{ type: "object", origin: "key", input: value, key, value: value[key] }],
          });
        }
      }
    }),
  );
}

/**
 * `looseObject`, which leaves out keys that mean something to JavaScript (`constructor`, `prototype`) unless it is told of them: nobody would
 * hear that they are unknown.
 */
function ownKeys<const Entries extends v.ObjectEntries>(entries: Entries) {
  const all = (value: object): v.ObjectEntries =>
    Object.fromEntries(Object.keys(value).map((key) => [key, v.unknown()]));
  return v.lazy(
    (value) =>
      v.looseObject({ ...all(value as object), ...entries }) as unknown as v.LooseObjectSchema<Entries, undefined>,
  );
}

/** A mapping whose keys are the user's, each of which `isKey` accepts; `record` leaves the same keys out. */
export function mappingOf<const Item extends v.GenericSchema>(
  item: Item,
  keyExpected = "",
  isKey: (key: string) => boolean = () => true,
  keyForm: Form = {},
) {
  return v.pipe(
    mapping<Record<string, v.InferInput<Item>>>(() => v.record(v.pipe(v.string(), v.metadata(keyForm)), item)),
    v.lazy(
      (value) =>
        v.object(
          Object.fromEntries(Object.keys(value as object).map((key) => [key, item])),
        ) as unknown as v.GenericSchema<Record<string, v.InferInput<Item>>, Record<string, v.InferOutput<Item>>>,
    ),
    v.rawCheck(({ dataset, addIssue }) => {
      const value = dataset.value as Record<string, unknown>;
      for (const key of Object.keys(value).filter((each) => !isKey(each))) {
        addIssue({
          expected: keyExpected,
          received: preview(key),
          message: "",
          path: [{ type: "object", origin: "key", input: value, key, value: value[key] }],
        });
      }
    }),
  );
}

function isMapping(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Marks the issues whose place is a key, not its value. */
export const unknownKey = "unknown key";

/** Any value that `parse` understands; its issue says that `expected` was expected. */
export function parsed<Output>(expected: string, parse: (value: unknown) => Output | undefined, form: Form = {}) {
  return v.pipe(
    v.unknown(),
    v.metadata(form),
    v.rawTransform<unknown, Output>(({ dataset, addIssue, NEVER }) => {
      const output = parse(dataset.value);
      if (output === undefined) {
        addIssue({ expected, message: "" });
        return NEVER;
      }
      return output;
    }),
  );
}

/** Milliseconds. */
export const duration = parsed(durationExpected, parseDuration, durationForm);

/** Bytes. */
export const size = parsed(sizeExpected, parseSize, sizeForm);

/** Bytes, at least one. */
export const sizeAboveZero = parsed(
  `${sizeExpected}, above 0`,
  (value) => parseSize(value) || undefined,
  sizeAboveZeroForm,
);

/** How many of something, at least one. */
export const countAboveZero = parsed(
  "a whole number above 0",
  (value) => (typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined),
  { type: "integer", minimum: 1 },
);

/** A string that fulfils `accepts`. */
export function text(expected: string, accepts: (value: string) => boolean, form: Form = {}) {
  return parsed(expected, (value) => (typeof value === "string" && accepts(value) ? value : undefined), {
    type: "string",
    ...form,
  });
}

/** A string that is not empty. */
export function filledText(expected: string) {
  return text(expected, (value) => value !== "", { minLength: 1 });
}

/** A list with at least one item. */
export function filledList<const Item extends v.GenericSchema>(item: Item) {
  return v.pipe(
    v.array(item),
    v.metadata({ minItems: 1 }),
    v.rawCheck(({ dataset, addIssue }) => {
      if (Array.isArray(dataset.value) && dataset.value.length === 0) {
        addIssue({ expected: "a list with at least one item", received: "an empty one", message: "" });
      }
    }),
  );
}
