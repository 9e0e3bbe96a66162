import { definePolicy } from "sluice";

export default definePolicy({
  onRequest(request) {
    request.headers.set("x-envoy-upstream-rq-timeout-ms", "0"); // the engine's router: no limit for the response
  },
});
