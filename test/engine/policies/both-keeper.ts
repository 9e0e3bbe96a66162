/**
 * Does with the objects of its exchange what the names of headers say: the request filter what those with `x-q-` say, the response filter
 * those with `x-r-`. With `look` it answers with what it finds of earlier exchanges in its own. `has`, edits and data leave nothing behind.
 */
import { definePolicy, Flow, Response } from "sluice";

interface Head {
  readonly headers: {
    has(name: string): boolean;
    get(name: string): string | null;
    set(name: string, value: string): void;
    append(name: string, value: string): void;
    delete(name: string): void;
  };
}

const kept: object[] = [];
const keptHeaders: { has(name: string): boolean }[] = [];
const known = new WeakSet<object>();
const weak: WeakRef<object>[] = [];

const endless = {
  get then(): never {
    for (;;) {
      // For ever.
    }
  },
};

export default definePolicy({
  onRequest(request, context) {
    const { headers } = request;
    const objects = [request, context, headers, context.logger, context.properties];
    if (headers.has("x-q-look")) {
      return Flow.Break(Response.json(look(objects)));
    }
    if (headers.has("x-q-answer")) {
      return new Response("answered", { status: 403 });
    }
    if (headers.has("x-q-loop-in-result")) {
      return endless as never;
    }
    touch("x-q-", request, objects);
    if (headers.has("x-q-path")) {
      request.path = "/other";
      headers.set("x-was", request.path);
    }
    if (headers.has("x-q-text")) {
      return Flow.Continue(headers.get("x-q-text"));
    }
    if (headers.has("x-q-record")) {
      return Flow.Continue({ text: headers.get("x-q-record"), count: 0 });
    }
    if (headers.has("x-q-head")) {
      return Flow.Continue(request);
    }
    return Flow.Continue();
  },

  onResponse(response, context) {
    const { headers } = response;
    const { requestData, logger } = context;
    const objects = [response, context, headers, logger, context.properties, requestData];
    if (headers.has("x-r-look")) {
      response.sendResponse(Response.json(look(objects)));
      return;
    }
    if (headers.has("x-r-answer")) {
      response.sendResponse(new Response("answered", { status: 502 }));
      return;
    }
    if (headers.has("x-r-loop-in-result")) {
      return endless as never;
    }
    if (headers.has("x-r-tell")) {
      logger.info(told(requestData));
    }
    if (headers.has("x-r-count") && requestData.kind === "continue") {
      const { value } = requestData;
      if (value !== null && typeof value === "object" && "count" in value) {
        value.count++;
      }
    }
    if (headers.has("x-r-status")) {
      response.status = 418;
    }
    touch("x-r-", response, objects);
  },
});

function told(data: { readonly kind: string; readonly value?: unknown }): string {
  const { value } = data;
  return `${data.kind} ${typeof value === "object" && value !== null && "method" in value ? `${String(value.method)} of a request` : JSON.stringify(value)}`;
}

function touch(prefix: string, head: Head, objects: object[]): void {
  const { headers } = head;
  const asked = (what: string): boolean => headers.has(`${prefix}${what}`);
  if (asked("edit")) {
    headers.set("X-Set", prefix);
    headers.append("x-added", "1");
    headers.append("x-added", "2");
    headers.delete("x-gone");
  }
  if (asked("read")) {
    headers.get("x-gone");
  }
  if (asked("edit-and-read")) {
    headers.set("x-read-back", "1");
    headers.append("x-read-back", "2");
    headers.set("x-found", headers.get("x-read-back") ?? "nothing");
  }
  if (asked("throw")) {
    throw new Error("on purpose");
  }
  if (asked("edit-and-throw")) {
    headers.set("x-edited", "yes");
    throw new Error("on purpose");
  }
  if (asked("loop")) {
    for (;;) {
      // For ever.
    }
  }
  if (asked("illegal")) {
    headers.set("content-length", "3");
  }
  if (asked("keep")) {
    if (objects.some((object) => kept.includes(object))) {
      throw new Error("These are kept already.");
    }
    kept.push(...objects);
  }
  for (const [index, object] of objects.entries()) {
    if (asked(`keep-${index}`)) {
      kept.push(object);
    }
  }
  if (asked("keep-headers")) {
    keptHeaders.push(headers);
  }
  if (asked("mark")) {
    for (const object of objects) {
      Object.assign(object, { mine: true });
    }
  }
  if (asked("seal")) {
    for (const object of objects) {
      Object.preventExtensions(object);
    }
  }
  if (asked("freeze")) {
    for (const object of objects) {
      Object.freeze(object);
    }
  }
  if (asked("know")) {
    for (const object of objects) {
      known.add(object);
    }
  }
  if (asked("refer")) {
    weak.push(...objects.map((object) => new WeakRef(object)));
  }
  if (asked("timer")) {
    setTimeout(() => {
      keptHeaders.push(headers);
    }, 1_000);
  }
  if (asked("later")) {
    void Promise.resolve().then(() => {
      keptHeaders.push(headers);
    });
  }
  if (asked("shadow")) {
    Object.assign(headers, { has: () => true });
  }
  if (asked("log-of-others-and-edit")) {
    headers.set("x-own", "1");
    // The last thing that it does: to ask for a header would act on its own exchange again.
    for (const object of kept) {
      if ("info" in object) {
        (object as { info(message: string): void }).info("again");
      }
    }
  }
}

function look(objects: readonly object[]): object {
  return {
    kept: objects.some((object) => kept.includes(object) || (keptHeaders as object[]).includes(object)),
    known: objects.some((object) => known.has(object)),
    referred: objects.some((object) => weak.some((reference) => reference.deref() === object)),
    marked: objects.some((object) => "mine" in object),
    sealed: objects.some((object) => !Object.isExtensible(object)),
    seenByOthers: keptHeaders.filter((headers) => reads(headers)).length,
  };
}

/** Whether headers that an earlier exchange kept are those of this one. */
function reads(headers: { has(name: string): boolean }): boolean {
  try {
    return headers.has("x-q-look") || headers.has("x-r-look");
  } catch {
    return false;
  }
}
