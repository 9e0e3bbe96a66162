/** Answers `/own`, and marks all responses. */
import { definePolicy, Response } from "sluice";

export default definePolicy({
  onRequest({ path }) {
    return path === "/own" ? new Response("own") : undefined;
  },

  onResponse({ headers }) {
    headers.set("x-marked", "1");
  },
});
