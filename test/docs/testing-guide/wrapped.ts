import { definePolicy } from "sluice";

export default definePolicy({
  async onResponse(response) {
    const message = await response.intoHeadersBodyState();
    message.headers.set("x-wrapped", "1");
    if (message.bytes().length > 0) {
      message.setBody(JSON.stringify({ data: message.text() }));
    }
  },
});
