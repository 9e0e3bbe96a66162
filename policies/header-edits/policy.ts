/** Removes, renames, sets and appends headers of requests and responses. */
import { definePolicy, Flow, type Headers, type RequestState } from "sluice";
import * as v from "valibot";
import { described } from "../shared/described.js";
import type { Facts, RequestFacts } from "../shared/facts.js";
import { editableHeaderName } from "../shared/refusal.js";
import { type Template, type TemplatePlace, template } from "../shared/template.js";

const editsOf = (place: TemplatePlace) =>
  v.strictObject({
    remove: v.optional(v.pipe(v.array(editableHeaderName), v.description("Headers to remove, all lines of them.")), []),
    rename: v.optional(
      v.pipe(
        v.record(editableHeaderName, editableHeaderName),
        v.description(
          "Old names and new ones. All lines are kept, in the place of those that have the new name already.",
        ),
      ),
      {},
    ),
    set: v.optional(
      v.pipe(
        v.record(editableHeaderName, v.pipe(v.string(), template(place))),
        v.description(
          "Headers and the templates of their values, which replace all lines. One that gives nothing removes them.",
        ),
      ),
      {},
    ),
    append: v.optional(
      v.pipe(
        v.record(editableHeaderName, v.pipe(v.string(), template(place))),
        v.description("The same, for a line beside those that there are. One that gives nothing appends nothing."),
      ),
      {},
    ),
  });

export default definePolicy({
  config: described(
    v.strictObject({
      request: v.optional(
        v.pipe(editsOf("request"), v.description("Edits of requests, in the order of the keys.")),
        {},
      ),
      response: v.optional(v.pipe(editsOf("response"), v.description("The same of responses.")), {}),
    }),
    "Removes, renames, sets and appends headers of requests and responses.",
    {
      request: {
        remove: ["x-debug"],
        set: { "x-client": "${client.address}", "x-was": "${request.method} ${request.path}" },
      },
      response: { remove: ["server"], append: { "x-served": "${request.host}, ${response.status}" } },
    },
  ),

  configure({ config }) {
    const response = editsFrom(config.response);
    const templates = [...response.set, ...response.append].map(([, value]) => value);
    return {
      request: editsFrom(config.request),
      response,
      /** Headers of the request that response edits want; undefined where they want nothing of it. */
      keeps: templates.some(({ facts }) => facts.some((fact) => fact.startsWith("request.")))
        ? templates.flatMap(({ requestHeaders }) => requestHeaders)
        : undefined,
    };
  },

  onRequest(request, { resources, properties }) {
    const kept = resources.keeps === undefined ? undefined : keptFacts(request, resources.keeps);
    edit(request.headers, resources.request, { properties, request });
    return Flow.Continue(kept);
  },

  onResponse(response, { resources, properties, requestData }) {
    const request = requestData.kind === "continue" ? requestData.value : undefined;
    edit(response.headers, resources.response, { properties, request, response });
  },
});

/** The request as it came, for the response: `context.request` has the edits. Headers by these names only. */
function keptFacts({ method, scheme, authority, path, headers }: RequestState, names: readonly string[]): RequestFacts {
  return { method, scheme, authority, path, headers: new Map(names.map((name) => [name, headers.get(name)])) };
}

type Edits = Pick<v.InferOutput<ReturnType<typeof editsOf>>, "remove"> &
  Record<"set" | "append", readonly (readonly [name: string, value: Template])[]> & {
    readonly rename: readonly (readonly [from: string, to: string])[];
  };

function editsFrom({ remove, rename, set, append }: v.InferOutput<ReturnType<typeof editsOf>>): Edits {
  return { remove, rename: Object.entries(rename), set: Object.entries(set), append: Object.entries(append) };
}

function edit(headers: Headers, { remove, rename, set, append }: Edits, facts: Facts): void {
  // Templates tell of the message as it came, whatever is done to it here.
  const toSet = set.map(([, value]) => value.fill(facts));
  const toAppend = append.map(([, value]) => value.fill(facts));
  for (const name of remove) {
    headers.delete(name);
  }
  for (const [from, to] of rename) {
    renameLines(headers, from, to);
  }
  for (const [index, [name]] of set.entries()) {
    replaceLines(headers, name, toSet[index] ?? "");
  }
  for (const [index, [name]] of append.entries()) {
    const value = toAppend[index] ?? "";
    if (value !== "") {
      headers.append(name, value);
    }
  }
}

function renameLines(headers: Headers, from: string, to: string): void {
  const values = headers.getAll(from);
  if (values.length === 0 || from.toLowerCase() === to.toLowerCase()) {
    return;
  }
  headers.delete(from);
  headers.delete(to);
  for (const value of values) {
    headers.append(to, value);
  }
}

function replaceLines(headers: Headers, name: string, value: string): void {
  if (value === "") {
    headers.delete(name);
  } else {
    headers.set(name, value);
  }
}
