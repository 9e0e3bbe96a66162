/** Answers with statuses that have no content, written where they are returned: engines may keep such answers. */
import { definePolicy, Flow, Response } from "sluice";

export default definePolicy({
  onRequest({ pathname, headers }) {
    if (pathname === "/without") {
      return new Response(null, { status: 204, headers: { allow: "GET" } });
    }
    if (pathname === "/body") {
      return new Response("x", { status: 204 });
    }
    if (pathname === "/typed") {
      return new Response(null, { status: 304, headers: { "content-type": "text/plain" } });
    }
    if (pathname === "/decided") {
      return Flow.Break(new Response("x", { status: 205 }));
    }
    if (pathname === "/caught") {
      try {
        return new Response("x", { status: 204 });
      } catch {
        return new Response("caught");
      }
    }
    if (pathname === "/asked") {
      return new Response("x", { status: Number(headers.get("x-status")) });
    }
    return undefined;
  },
});
