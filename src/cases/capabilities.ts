/** What cases may need. Each engine says which of it it has; a case that needs more is skipped. */
export const capabilities: readonly string[] = [
  "headers", "body", "stream", "headers-body", "early-response", "response-headers", "response-body", "send-response", "shared-data",
  "chain", "path-rewrite", "http-client", "grpc-client", "tls-client", "mtls", "properties", "cache", "lock", "storage",
  "storage-remote", "fault-injection", "rate-limit", "spike-control", "multi-instance", "timers", "clock", "time-control",
  "parallel", "jwt", "rsa", "aes-gcm", "tokenizer", "regex", "json", "xml", "ip", "cors", "token-introspection", "expressions",
  "websocket", "violations", "logging", "upstream-time-limit", "config-validation", "uuid",
];
