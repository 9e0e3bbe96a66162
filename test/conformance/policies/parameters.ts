import { definePolicy, isJson, type SluiceError } from "sluice";
import { parsed } from "sluice/config";
import { cookies, setCookieString } from "sluice/cookies";
import { form, isForm } from "sluice/forms";
import { query } from "sluice/query";
import * as v from "valibot";

const edits = v.optional(
  v.array(v.object({ edit: v.picklist(["set", "append", "delete"]), name: v.string(), value: v.optional(v.string()) })),
  [],
);

export default definePolicy({
  config: v.object({
    query: edits,
    cookies: edits,
    form: edits,
    setCookies: v.optional(
      v.array(v.object({ name: v.string(), value: v.string(), secure: v.optional(v.boolean()) })),
      [],
    ),
    formAnyway: v.optional(v.picklist(["request", "caught", "response"])),
    prefix: v.optional(
      v.pipe(
        v.string(),
        parsed((text) => {
          if (!text.startsWith("/")) {
            throw new Error("expected a path that begins with /");
          }
          return text;
        }),
      ),
      "/",
    ),
  }),

  async onRequest(request, { config }) {
    request.headers.set(
      "x-read",
      JSON.stringify([[...query(request)], [...cookies(request)], isJson(request.headers)]),
    );
    apply(config.query, query(request));
    for (const { edit, name, value } of config.cookies) {
      if (edit !== "append") {
        cookies(request)[edit](name, value as string);
      }
    }
    if (config.formAnyway === "caught") {
      const body = await request.intoHeadersBodyState();
      try {
        form(body);
      } catch (error) {
        body.headers.set("x-fields", (error as SluiceError).code);
      }
    } else if (config.formAnyway === "request" || isForm(request.headers)) {
      const body = await request.intoHeadersBodyState();
      const fields = form(body);
      body.headers.set("x-fields", JSON.stringify([...fields]));
      apply(config.form, fields);
    }
  },

  async onResponse(response, { config }) {
    for (const { name, value, secure } of config.setCookies) {
      response.headers.append("set-cookie", setCookieString(name, value, { secure, path: "/", maxAge: 60 }));
    }
    if (config.formAnyway === "response") {
      form(await response.intoBodyState());
    }
  },
});

function apply(
  list: v.InferOutput<typeof edits>,
  to: { set(n: string, v: string): void; append(n: string, v: string): void; delete(n: string, v?: string): void },
): void {
  for (const { edit, name, value } of list) {
    to[edit](name, value as string);
  }
}
