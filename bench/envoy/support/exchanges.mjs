// The exchanges that a module is measured with, outside Envoy.

/** What Envoy calls for an exchange with a direct or a local response, in its order. @type {[name: string, ...args: number[]][]} */
export const EXCHANGE = [
  ["proxy_on_context_create", 1],
  ["proxy_on_request_headers", 6, 1],
  ["proxy_on_response_headers", 4, 0],
  ["proxy_on_response_body", 2, 1],
  ["proxy_on_log"],
  ["proxy_on_done"],
  ["proxy_on_delete"],
];

/** @type {Record<string, import("./module-host.mjs").HeaderPairs>} */
export const CASES = {
  allow: [...requestHead(), ["authorization", "Bearer x"]],
  deny: requestHead(),
};

/** @returns {import("./module-host.mjs").HeaderPairs} */
function requestHead() {
  return [
    [":authority", "127.0.0.1"],
    [":path", "/"],
    [":method", "GET"],
    [":scheme", "http"],
    ["x-forwarded-proto", "http"],
    ["x-request-id", "4a0b1ab6-3e0c-4d8a-8f5e-0a4f1d2b3c4d"],
  ];
}
