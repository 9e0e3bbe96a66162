/** What every engine with sockets can do so far, together with the runner. */
export const socketCapabilities = [
  "headers", "body", "stream", "headers-body", "early-response", "response-headers", "response-body", "send-response",
  "shared-data", "chain", "path-rewrite", "http-client", "regex", "json", "logging", "config-validation",
] as const;
