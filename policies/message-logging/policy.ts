/** Writes a line to the log for each request, each response or both. */
import { definePolicy, type Headers, type RequestState, type ResponseState } from "sluice";
import * as v from "valibot";
import { described } from "../shared/described.js";
import type { Facts } from "../shared/facts.js";
import { matchEntries, matches } from "../shared/match.js";
import { headerName } from "../shared/refusal.js";
import { type TemplatePlace, template } from "../shared/template.js";

const lineEntries = (place: TemplatePlace) => ({
  fields: v.optional(
    v.pipe(
      v.record(v.pipe(v.string(), v.minLength(1)), v.pipe(v.string(), template(place))),
      v.description("Fields of the line, and the templates of their values."),
    ),
    {},
  ),
  headers: v.optional(
    v.pipe(
      v.array(headerName),
      v.description("Headers to log, under `headers`. One that the message lacks is left out."),
    ),
    [],
  ),
  bodyBytes: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.maxValue(8_192),
      v.description(
        "So many bytes of the body's beginning are logged, as text under `body`, while it passes. 0: no body is read.",
      ),
    ),
    0,
  ),
});

const settings = v.strictObject({
  ...matchEntries,
  level: v.optional(
    v.pipe(v.picklist(["debug", "info", "warn"], "expected debug, info or warn"), v.description("Level of the lines.")),
    "info",
  ),
  request: v.optional(
    v.pipe(v.strictObject(lineEntries("request")), v.description("The line of a request. Without it: none.")),
  ),
  response: v.optional(
    v.pipe(
      v.strictObject({
        ...lineEntries("response"),
        minStatus: v.optional(
          v.pipe(
            v.number(),
            v.integer(),
            v.minValue(200),
            v.maxValue(599),
            v.description("Responses with a lower status are not logged."),
          ),
          200,
        ),
      }),
      v.description("The line of a response. Without it: none."),
    ),
  ),
  redactHeaders: v.optional(
    v.pipe(
      v.array(headerName),
      v.description(
        "Headers whose values are not shown, besides those that are secrets by their names, such as `authorization`.",
      ),
    ),
    [],
  ),
});

export default definePolicy({
  config: described(
    v.pipe(
      settings,
      v.check(
        ({ request, response }) => request !== undefined || response !== undefined,
        "expected request, response or both",
      ),
    ),
    "Logs chosen facts and headers of requests and responses, and bodies where that is asked for.",
    {
      request: { fields: { method: "${request.method}", path: "${request.pathname}" }, headers: ["user-agent"] },
      response: { fields: { status: "${response.status}" }, minStatus: 500, bodyBytes: 1024 },
    },
  ),

  configure({ config: { redactHeaders } }) {
    return { hidden: new Set([...secretHeaders, ...redactHeaders.map((name) => name.toLowerCase())]) };
  },

  async onRequest(request, { config, properties, resources: { hidden }, logger }) {
    if (config.request !== undefined && matches(config, request)) {
      const shown = fieldsOf(config.request, request.headers, { properties, request }, hidden);
      logger[config.level]("request", { ...shown, ...(await bodyOf(request, config.request.bodyBytes)) });
    }
  },

  async onResponse(response, { config, properties, request, resources: { hidden }, logger }) {
    if (config.response !== undefined && response.status >= config.response.minStatus && matches(config, request)) {
      const shown = fieldsOf(config.response, response.headers, { properties, request, response }, hidden);
      logger[config.level]("response", { ...shown, ...(await bodyOf(response, config.response.bodyBytes)) });
    }
  },
});

/** Never shown, whatever the configuration asks for. */
const secretHeaders = ["authorization", "proxy-authorization", "cookie", "set-cookie"];
const redacted = "[redacted]";

type Line = Pick<NonNullable<v.InferOutput<typeof settings>["response"]>, "fields" | "headers">;

function fieldsOf(line: Line, headers: Headers, facts: Facts, hidden: ReadonlySet<string>): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(line.fields)) {
    const secret = value.facts.some((fact) => hidden.has(fact.toLowerCase().replace(/^\w+\.header\./, "")));
    shown[name] = secret ? redacted : value.fill(facts);
  }
  const listed: Record<string, string> = {};
  for (const name of line.headers.map((each) => each.toLowerCase())) {
    const value = headers.get(name);
    if (value !== null) {
      listed[name] = hidden.has(name) ? redacted : value;
    }
  }
  return line.headers.length === 0 ? shown : { ...shown, headers: listed };
}

async function bodyOf(message: RequestState | ResponseState, most: number): Promise<{ body?: string }> {
  return most > 0 && message.containsBody ? { body: await beginningOf(message, most) } : {};
}

/** The whole body passes meanwhile, chunk by chunk; no more than this is kept of it. */
async function beginningOf(state: RequestState | ResponseState, most: number): Promise<string> {
  const { stream } = await state.intoBodyStreamState();
  const bytes = new Uint8Array(most);
  let length = 0;
  for await (const chunk of stream) {
    const part = chunk.subarray(0, most - length);
    bytes.set(part, length);
    length += part.length;
    if (length === most) {
      break;
    }
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}
