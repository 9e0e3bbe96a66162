/** Queries, cookies, forms, and configuration that is parsed. */

import { definePolicy, isFramingField, isJson } from "sluice";
import { parsed } from "sluice/config";
import { type Cookies, cookies, type ReadonlyCookies, setCookieString } from "sluice/cookies";
import { type Form, form, isForm } from "sluice/forms";
import { type Query, query, type ReadonlyQuery } from "sluice/query";
import * as v from "valibot";
import * as z from "zod";
import * as mini from "zod/mini";
import { exactType } from "./exact-type.js";

export const heads = definePolicy({
  async onRequest(request, { properties }) {
    exactType<Query>()(query(request));
    exactType<Cookies>()(cookies(request));
    exactType<boolean>()(isJson(request.headers));
    exactType<boolean>()(isFramingField("Host"));
    const target = { path: "/check" };
    exactType<Query>()(query(target));
    query(target).set("address", properties.clientAddress ?? "");
    const body = await request.intoBodyState();
    exactType<ReadonlyQuery>()(query(body));
    exactType<ReadonlyCookies>()(cookies(body));
    for (const [name, value] of form(body)) {
      exactType<string>()(name);
      exactType<string>()(value);
    }
  },
  onResponse(response) {
    response.headers.append("set-cookie", setCookieString("a", "1", { secure: true, sameSite: undefined }));
  },
});

export const bodies = definePolicy({
  async onRequest(request) {
    const both = await request.intoHeadersBodyState();
    exactType<Query>()(query(both));
    exactType<Cookies>()(cookies(both));
    exactType<Form>()(form(both));
    exactType<string | null>()(form(both).get("a"));
  },
  async onResponse(response) {
    if (isForm(response.headers)) {
      form(await response.intoBodyState()).append("a", "1");
    }
  },
});

const expression = parsed((text) => new RegExp(text, "u"));
const size = v.pipe(
  v.string(),
  parsed((text) => Number(text)),
  v.minValue(1),
);

export const withValibot = definePolicy({
  config: v.object({ paths: v.array(v.pipe(v.string(), expression)), size }),
  onRequest(_request, { config }) {
    exactType<RegExp[]>()(config.paths);
    exactType<number>()(config.size);
  },
});

export const withZod = definePolicy({
  config: z.object({ paths: z.array(z.string().transform(expression)) }),
  onRequest(_request, { config }) {
    exactType<RegExp[]>()(config.paths);
  },
});

export const withMini = definePolicy({
  config: mini.object({ paths: mini.array(mini.pipe(mini.string(), mini.transform(expression))) }),
  onRequest(_request, { config }) {
    exactType<RegExp[]>()(config.paths);
  },
});
