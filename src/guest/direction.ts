/** The two directions of an exchange, in proxy-wasm's numbers. */
import { BufferType, MapType, StreamType } from "../abi/constants.js";

export interface Direction {
  readonly name: "request" | "response";
  readonly headers: MapType;
  readonly trailers: MapType;
  readonly body: BufferType;
  readonly stream: StreamType;
  /** The property in which the policies of a chain tell each other what they keep; see `chain-place.ts`. */
  readonly kept: readonly [string];
}

export const requestDirection: Direction = {
  name: "request",
  headers: MapType.RequestHeaders,
  trailers: MapType.RequestTrailers,
  body: BufferType.HttpRequestBody,
  stream: StreamType.Request,
  kept: ["sluice.request.kept"],
};

export const responseDirection: Direction = {
  name: "response",
  headers: MapType.ResponseHeaders,
  trailers: MapType.ResponseTrailers,
  body: BufferType.HttpResponseBody,
  stream: StreamType.Response,
  kept: ["sluice.response.kept"],
};
