/** What the author of a policy imports. */

export type { ErrorCode } from "./errors.js";
// Errors.
export { SluiceError } from "./errors.js";
// What a filter may ask for.
export { byteStringToUtf8, utf8ToByteString } from "./policy/byte-string.js";
export type {
  ConfigureContext,
  DoneContext,
  ExchangeSummary,
  PolicyClock,
  RequestContext,
  ResponseContext,
  SentRequest,
  StreamProperties,
  TlsProperties,
} from "./policy/context.js";
export type { Policy, PolicyDefinition } from "./policy/define.js";
// A policy and its parts.
export { definePolicy } from "./policy/define.js";
export type { Duration } from "./policy/duration.js";
// Deciding.
export { Flow } from "./policy/flow.js";
export { isFramingField } from "./policy/header-syntax.js";
export type { Headers, ReadonlyHeaders } from "./policy/headers.js";
export type { LogFields, Logger } from "./policy/logger.js";
export { isJson } from "./policy/media-type.js";
export type { BodyTransform } from "./policy/message.js";
export type { CancelReason, RequestData } from "./policy/request-data.js";
// The states of a request and a response.
export type {
  RequestBodyState,
  RequestBodyStreamState,
  RequestHeadersBodyState,
  RequestHeadersState,
  RequestState,
} from "./policy/request-states.js";
export type { BodyInit, HeadersInit, ResponseInit } from "./policy/response.js";
export { Response } from "./policy/response.js";
export type {
  ResponseBodyState,
  ResponseBodyStreamState,
  ResponseHeadersBodyState,
  ResponseHeadersState,
  ResponseState,
} from "./policy/response-states.js";
export type { ExchangeContext, InstanceContext } from "./policy/service-port.js";
