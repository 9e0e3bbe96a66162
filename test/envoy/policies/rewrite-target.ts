import { definePolicy } from "sluice";

/** Sends a request elsewhere, as its headers say. */
export default definePolicy({
  onRequest(request) {
    request.path = request.headers.get("x-rewrite-path") ?? request.path;
    request.authority = request.headers.get("x-rewrite-authority") ?? request.authority;
    request.method = request.headers.get("x-rewrite-method") ?? request.method;
  },
});
