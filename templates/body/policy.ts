/** Lets orders pass that are complete, and tells the client what is wrong with the others. */
import { definePolicy, Response } from "sluice";
import * as v from "valibot";

/** Parses the body, and says what is wrong with it: clients may send anything. */
const Order = v.pipe(
  v.string(),
  v.parseJson(undefined, "expected JSON"),
  v.object({
    article: v.pipe(v.string(), v.minLength(1)),
    quantity: v.pipe(v.number(), v.integer(), v.minValue(1)),
  }),
);

export default definePolicy({
  config: v.strictObject({ maxQuantity: v.optional(v.number(), 100) }),

  async onRequest(request, { config }) {
    if (request.method !== "POST") {
      return;
    }
    if (request.headers.get("content-type") !== "application/json") {
      return Response.json({ error: "expected JSON" }, { status: 415 });
    }

    const body = await request.intoBodyState();
    const order = v.safeParse(Order, body.text());
    if (!order.success) {
      return Response.json({ errors: order.issues.map(describe) }, { status: 422 });
    }
    if (order.output.quantity > config.maxQuantity) {
      return Response.json({ errors: [`quantity: at most ${config.maxQuantity}`] }, { status: 422 });
    }
  },
});

function describe(issue: v.BaseIssue<unknown>): string {
  return `${v.getDotPath(issue) ?? "body"}: ${issue.message}`;
}
