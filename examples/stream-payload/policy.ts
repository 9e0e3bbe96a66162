import { definePolicy, Response } from "sluice";
import { reportViolation } from "sluice/violations";
import * as v from "valibot";

const refusal = Response.json({ error: "forbidden string in the payload" }, { status: 400 });

export default definePolicy({
  config: v.object({
    /** When to answer: at the first find, or when the body is complete. */
    searchMode: v.optional(v.picklist(["streamed", "buffered"]), "streamed"),
    forbiddenStrings: v.array(v.pipe(v.string(), v.minLength(1))),
  }),

  async onRequest(request, context) {
    const { searchMode, forbiddenStrings } = context.config;
    const body = await request.intoBodyStreamState();
    const search = new TextSearch(forbiddenStrings);
    let found = false;
    for await (const chunk of body.stream) {
      found ||= search.finds(chunk);
      if (found && searchMode === "streamed") {
        break;
      }
    }
    if (found) {
      reportViolation(context);
      return refusal;
    }
  },
});

/** Finds texts in a stream of UTF-8, also where they lie across chunks. */
class TextSearch {
  readonly #texts: readonly string[];
  readonly #decoder = new TextDecoder(); // bytes that are not UTF-8 become U+FFFD
  /** How much of what has passed may be the beginning of a text. */
  readonly #kept: number;
  #tail = "";

  constructor(texts: readonly string[]) {
    this.#texts = texts;
    this.#kept = Math.max(1, ...texts.map(({ length }) => length)) - 1;
  }

  finds(chunk: Uint8Array): boolean {
    const text = this.#tail + this.#decoder.decode(chunk, { stream: true });
    this.#tail = text.slice(Math.max(0, text.length - this.#kept));
    return this.#texts.some((each) => text.includes(each));
  }
}
