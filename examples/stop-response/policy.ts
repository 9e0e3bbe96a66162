import { definePolicy, Response } from "sluice";

const canned = new Response(200).withHeaders([["some", "200"]]).withBody("Some");

export default definePolicy({
  async onResponse(response) {
    const head = await response.intoHeadersState();
    head.sendResponse(canned);
  },
});
