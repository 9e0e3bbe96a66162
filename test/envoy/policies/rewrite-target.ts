import { definePolicy } from "sluice";

/** Sends a request elsewhere, as its headers say. */
export default definePolicy({
  async onRequest(request) {
    const head = await request.intoHeadersState();
    head.path = head.headers.get("x-rewrite-path") ?? head.path;
    head.authority = head.headers.get("x-rewrite-authority") ?? head.authority;
    head.method = head.headers.get("x-rewrite-method") ?? head.method;
  },
});
