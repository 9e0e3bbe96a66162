import { definePolicy, Response } from "sluice";

const canned = new Response("Some", { headers: { some: "200" } });

export default definePolicy({
  onResponse(response) {
    response.sendResponse(canned);
  },
});
