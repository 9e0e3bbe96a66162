/** Tests of policies, in this process, without sockets and with any test runner. */

/** The same test in many ways. */
export { everyChunking } from "./every-chunking.js";
export { type EmptyResponse, everyEmptyResponse } from "./every-empty-response.js";
export { type EverySeedOptions, everySeed } from "./every-seed.js";
export type { HeadersInit } from "./headers.js";
export type { LogLine } from "./log-line.js";
export type { BodyInit } from "./message-body.js";
/** What a gateway of a test is made of. */
export type { TestClient, TestGatewayOptions, TestPolicy, TestPolicyUse } from "./options.js";
export type { PolicySource } from "./policy-file.js";
export type { ReceivedRequest } from "./received-request.js";
export type { ReplacedImports } from "./replacements.js";
export type { RequestExpectation } from "./request-expectation.js";
export type { ReceivedResponse, TestExchange } from "./test-exchange.js";
export { type TestClock, type TestGateway, testGateway } from "./test-gateway.js";
/** Requests, responses and what happened between them. */
export type { TestRequestInit } from "./test-request.js";
export type { ExchangeRecord, TestResponse } from "./test-response.js";
/** Upstreams. */
export { byHand, type ExpectedRequest, type TestUpstream, type UpstreamScript } from "./test-upstream.js";
export type { UpstreamScripts } from "./test-upstreams.js";
export { showTrace, type TraceEvent } from "./trace.js";
export type { UpstreamCall } from "./upstream-call.js";
export type { Duration, FailedReply, ReplyParts, UpstreamReply } from "./upstream-reply.js";
