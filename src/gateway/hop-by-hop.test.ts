import { describe, expect, it } from "vitest";
import { appendEndToEnd, trailerList } from "./hop-by-hop.js";

describe("end-to-end fields", () => {
  it("are in lower case, in order, repeated ones apart", () => {
    expect(appendEndToEnd([], ["Set-Cookie", "a=1", "X-A", "B", "set-cookie", "b=2"])).toEqual([
      "set-cookie",
      "a=1",
      "x-a",
      "B",
      "set-cookie",
      "b=2",
    ]);
  });

  it("are without the fields of the connection and those it names", () => {
    const raw = [
      "Connection",
      "close, X-Once",
      "connection",
      "X-Twice",
      "Keep-Alive",
      "timeout=5",
      "Transfer-Encoding",
      "chunked",
      "Proxy-Connection",
      "close",
      "Upgrade",
      "h2c",
      "x-once",
      "1",
      "x-twice",
      "2",
      "x-stays",
      "3",
    ];
    expect(appendEndToEnd([":path", "/"], raw)).toEqual([":path", "/", "x-stays", "3"]);
  });

  it("keep what frames and routes a message though the connection names it", () => {
    expect(appendEndToEnd([], ["Connection", "Content-Length, host", "Content-Length", "3", "Host", "a"])).toEqual([
      "content-length",
      "3",
      "host",
      "a",
    ]);
  });

  it("keep of te that trailers are welcome, even if the connection names it, as it should", () => {
    expect(appendEndToEnd([], ["TE", "gzip;q=0.5, trailers;q=1", "Connection", "TE"])).toEqual(["te", "trailers"]);
    expect(appendEndToEnd([], ["TE", "gzip"])).toEqual([]);
  });
});

describe("trailers", () => {
  it("are without fields that frame, route or authorise", () => {
    expect(trailerList(["Content-Length", "3", "Host", "a", "Authorization", "b", "X-Sum", "1", "x-sum", "2"])).toEqual(
      ["x-sum", "1", "x-sum", "2"],
    );
  });
});
