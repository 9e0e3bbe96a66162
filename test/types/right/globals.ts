/** The globals of the policy world. */

import { jwtVerify } from "jose";
import { definePolicy, type Response as ImportedResponse } from "sluice";
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
  clearTimeout(setTimeout((text: string, number: number) => console.info(text, number), 10, "text", 1));
  AbortSignal.any([AbortSignal.timeout(1000), controller.signal]).addEventListener(
    "abort",
    ({ target }) => {
      exactType<AbortSignal>()(target);
    },
    { once: true, signal: controller.signal },
  );
  exactType<number>()(performance.timeOrigin + performance.now());
  exactType<{ a: Date }>()(structuredClone({ a: new Date() }));
}

export function addresses(): void {
  const url = new URL("/a", new URL("https://example.com"));
  url.port = "8443";
  exactType<string | null>()(url.searchParams.get("q"));
  exactType<[name: string, value: string][]>()([...new URLSearchParams({ a: "1" })]);
  if (URL.canParse("x", url)) {
    new URLSearchParams([["a", "1"]]).forEach((value, name) => console.info(name, value));
  }
  const headers = new Headers([["accept", "*/*"]]);
  exactType<string | null>()(headers.get("accept"));
  new Response(200).withHeaders(new Headers(headers));
}

export async function cryptography(): Promise<void> {
  exactType<Uint32Array<ArrayBuffer>>()(crypto.getRandomValues(new Uint32Array(1)));
  exactType<string>()(crypto.randomUUID());
  exactType<ArrayBuffer>()(await crypto.subtle.digest("SHA-256", new Uint8Array(1)));
  const key = await crypto.subtle.importKey("raw", new Uint8Array(32), { name: "HMAC", hash: "SHA-256" }, false, [
    "verify",
  ]);
  exactType<CryptoKey>()(key);
  exactType<boolean>()(await crypto.subtle.verify("HMAC", key, new Uint8Array(32), new Uint8Array(1)));
  exactType<JsonWebKey>()(await crypto.subtle.exportKey("jwk", key));
}

export async function packages(token: string): Promise<string | undefined> {
  const { payload } = await jwtVerify(token, new TextEncoder().encode("secret"));
  return payload.sub;
}
