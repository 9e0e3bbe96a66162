/** The globals of the policy world. */
import { definePolicy } from "sluice";
import type { Response as ImportedResponse } from "sluice";
import { exactType } from "./exact-type.js";

export const globalResponse = definePolicy({
  onRequest() {
    exactType<typeof ImportedResponse>()(Response);
    const answer: Response = new Response(401).withBody("who are you?");
    return answer;
  },
});

export function webGlobals(): void {
  const timer = setTimeout(() => console.info("late"), 10);
  clearTimeout(timer);
  queueMicrotask(() => console.debug(performance.now()));
  const controller = new AbortController();
  exactType<AbortSignal>()(controller.signal);
  controller.abort("enough");
  exactType<string>()(new TextDecoder("utf-8", { fatal: true }).decode(new TextEncoder().encode("text")));
}
