/** Does to the head of each message what its header `x-operations` lists, as JSON, and logs what came of each. */
import { definePolicy, SluiceError } from "sluice";

type Operation = readonly [of: "head" | "headers", member: string, ...values: unknown[]];

export default definePolicy({
  onRequest(request, { logger }) {
    logger.info(JSON.stringify(operate(request, request.headers.get("x-operations"))));
  },
  onResponse(response, { logger }) {
    logger.info(JSON.stringify(operate(response, response.headers.getAll("x-operations")[0] ?? null)));
  },
});

function operate(head: { readonly headers: object }, list: string | null): unknown[] {
  return (JSON.parse(list ?? "[]") as Operation[]).map((operation) => {
    try {
      return outcome(head, operation);
    } catch (error) {
      // The engines' own messages differ.
      return error instanceof SluiceError ? { code: error.code, message: error.message } : "a TypeError";
    }
  });
}

function outcome(head: { readonly headers: object }, [of, member, ...values]: Operation): unknown {
  const object = (of === "head" ? head : head.headers) as Record<string, unknown>;
  const before = object[member];
  if (typeof before === "function") {
    const result: unknown = Reflect.apply(before, object, values);
    return member === "entries" ? [...(result as Iterable<unknown>)] : result;
  }
  if (values.length > 0) {
    object[member] = values[0];
  }
  return before;
}
