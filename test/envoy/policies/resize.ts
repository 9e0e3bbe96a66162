/** Gathers requests and responses; where a header says `x-resize: <bytes>`, their bodies become as long as that. */
import { definePolicy, type RequestState, type ResponseState } from "sluice";

async function resize(message: RequestState | ResponseState): Promise<void> {
  const whole = await message.intoHeadersBodyState();
  const size = message.headers.get("x-resize");
  if (size !== null) {
    whole.setBody(new Uint8Array(Number(size)).fill(0x7a));
  }
}

export default definePolicy({ onRequest: resize, onResponse: resize });
