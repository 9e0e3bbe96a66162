import { definePolicy, isJson } from "sluice";
import { parsed } from "sluice/config";
import { cookies, setCookieString } from "sluice/cookies";
import { form } from "sluice/forms";
import { query } from "sluice/query";
import * as v from "valibot";

definePolicy({
  async onRequest(request) {
    // expect-error: Argument of type 'string' is not assignable to parameter of type '{ readonly path: string; }'
    query(request.path);

    // expect-error: Argument of type 'number' is not assignable to parameter of type 'string'
    query(request).set("page", 2);

    // expect-error: 'append' does not exist on type 'Cookies'
    cookies(request).append("a", "1");

    // expect-error: Type '"lax"' is not assignable to type '"Lax" | "None" | "Strict" | undefined'
    setCookieString("a", "1", { sameSite: "lax" });

    // expect-error: Type 'string' is not assignable to type 'number'
    setCookieString("a", "1", { maxAge: "60" });

    // expect-error: Argument of type 'RequestState' is not assignable to parameter of type 'FormBody'
    form(request);

    // expect-error: Type 'RequestState' is missing the following properties from type 'ReadonlyHeaders'
    isJson(request);

    const body = await request.intoBodyState();
    // expect-error: Property 'set' does not exist on type 'ReadonlyQuery'
    query(body).set("a", "1");

    // expect-error: Property 'delete' does not exist on type 'ReadonlyCookies'
    cookies(body).delete("a");
  },
});

definePolicy({
  // expect-error: is not assignable to parameter of type
  config: v.pipe(v.number(), parsed(Number)),
});
