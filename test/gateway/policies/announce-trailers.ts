import { definePolicy, Response } from "sluice";

/** Answers every request, and says falsely that trailers follow. */
export default definePolicy({
  onRequest() {
    return new Response("refused", { status: 403, headers: { trailer: "x-sum" } });
  },
});
