/** `sluice/config`: values of configurations that are parsed. */
import { messageOf } from "../../thrown.js";

// Both in one interface would be a generic function's result that is a function, which TypeScript puts off until the other arguments of
// valibot's pipe are inferred, without it.
/**
 * Text of a configuration that becomes something else: what `parsed` makes. It is an action of valibot's pipes and a function for zod's
 * `transform`; neither library is imported for it.
 */
export type Parsed<Output> = ParsedTransform<Output> & ParsedAction<Output>;

/** The function for zod: `z.pipe(z.string(), z.transform(parsed(…)))`, in `zod` and in `zod/mini`. */
export type ParsedTransform<Output> = (text: string, context: { readonly issues: unknown[] }) => Output;

/** The action for valibot. */
export interface ParsedAction<Output> {
  /** Valibot's. */
  readonly kind: "transformation";
  /** Valibot's: converters to JSON Schema know it, and take what is in front of it. */
  readonly type: "raw_transform";
  /** Valibot's. */
  readonly reference: typeof parsed;
  /** Valibot's. */
  readonly async: false;
  /** Valibot's. */
  readonly "~run": (dataset: { readonly value: string }) => ParsedDataset<Output>;
  /** Valibot's: it carries the types. */
  readonly "~types"?: { readonly input: string; readonly output: Output; readonly issue: ParsedIssue } | undefined;
}

/** What valibot calls an issue. */
export interface ParsedIssue {
  /** Valibot's. */
  readonly kind: "transformation";
  /** Valibot's. */
  readonly type: "raw_transform";
  /** The text. */
  readonly input: string;
  /** Valibot's: the message tells it. */
  readonly expected: null;
  /** Valibot's: the message tells it. */
  readonly received: string;
  /** That of what was thrown. */
  readonly message: string;
}

/** What valibot calls a dataset. */
export type ParsedDataset<Output> =
  | { typed: true; value: Output; issues?: undefined }
  | { typed: false; value: unknown; issues: [ParsedIssue, ...ParsedIssue[]] };

/**
 * Parses text of a configuration in a schema, so that `config` holds what `parse` returns. What `parse` throws becomes a problem of the
 * configuration at the place of that text, with the error's message: a gateway does not start with it. For other schema libraries throw
 * inside their own transformation, where they take errors.
 *
 * @param parse returns the value or throws an error that says what was expected; never a promise
 * @example v.object({ allow: v.array(v.pipe(v.string(), parsed((text) => new RegExp(text, "u")))) }) // valibot
 * @example z.object({ allow: z.array(z.pipe(z.string(), z.transform(parsed((text) => new RegExp(text, "u"))))) }) // zod, zod/mini
 */
export function parsed<Output>(parse: (text: string) => Output): Parsed<Output> {
  const transform = (text: string, { issues }: { readonly issues: unknown[] }): Output => {
    try {
      return parse(text);
    } catch (error) {
      issues.push({ code: "custom", message: messageOf(error), input: text });
      // Zod's NEVER: with an issue it uses no value.
      return undefined as Output;
    }
  };
  const run = ({ value: text }: { readonly value: string }): ParsedDataset<Output> => {
    try {
      return { typed: true, value: parse(text) };
    } catch (error) {
      return { typed: false, value: text, issues: [{ ...valibots, input: text, message: messageOf(error) }] };
    }
  };
  return Object.assign(transform, { ...action, reference: parsed, async: false as const, "~run": run });
}

const action = { kind: "transformation", type: "raw_transform" } as const;
const valibots = { ...action, expected: null, received: "unparsable text" } as const;
