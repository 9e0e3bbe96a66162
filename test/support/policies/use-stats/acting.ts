/** Ends exchanges in every way that is counted, as the header `x-do` of the request says. */
import { definePolicy, Response } from "sluice";

export default definePolicy({
  async onRequest(request, { clock }) {
    switch (request.headers.get("x-do")) {
      case "break":
        return new Response("no", { status: 403 });
      case "throw":
        throw new Error("as asked");
      case "wait":
        await clock.sleep(600_000);
        return;
      case "loop":
        for (;;) {
          // Until it is cut off.
        }
      case "json":
        (await request.intoBodyState()).json();
        return;
      case "read": {
        let pieces = 0;
        for await (const _piece of (await request.intoBodyStreamState()).stream) {
          pieces += 1;
          if (pieces === 2) {
            return new Response("no", { status: 403 });
          }
        }
        return;
      }
      default:
        return;
    }
  },

  onResponse(response, { request }) {
    if (request.headers.get("x-do") === "answer") {
      response.sendResponse(new Response("no", { status: 403 }));
    }
  },
});
