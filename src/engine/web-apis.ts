/** The globals of a policy beyond ECMAScript, on every engine; docs/web-apis.md says how much of each there is. */
export const webApiNames = [
  "AbortController", "AbortSignal", "CryptoKey", "DOMException", "Headers", "Response", "TextDecoder", "TextEncoder", "URL", "URLSearchParams",
  "atob", "btoa", "clearTimeout", "console", "crypto", "performance", "queueMicrotask", "setTimeout", "structuredClone",
] as const;
