/** What upstreams send, byte for byte, and what becomes of it: one table for both ways to an upstream and for Envoy. */
import { okResponse, type RawConnection } from "./raw-upstream.js";

export interface UpstreamResponse {
  title: string;
  bytes: string;
  /** The upstream ends the connection behind it. */
  end?: true;
  /** Default: GET, and POST with a body. */
  method?: "HEAD";
  /** What the client has of it: the status, and the body, or that it is cut off. */
  client: string;
  /** Where the response to a request with a body has another outcome. */
  afterBody?: string;
  /** Where Envoy's client has something else. */
  envoy?: string;
  /** The connection to the upstream serves the next request, too. */
  kept?: true | "afterBody";
}

const ok = "content-length: 2\r\n\r\nok";
/** A head of so many bytes and fields for the body `ok`. */
function head(bytes: number, count = 2): string {
  const start = `HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${fields(count - 2)}x: `;
  return `${start}${"y".repeat(bytes - start.length - 4)}\r\n\r\n`;
}
const fields = (count: number): string => "x: y\r\n".repeat(count);

/** The grammar of status lines (RFC 9112, section 4), and what statuses there are (RFC 9110, section 15). */
const statusLines: UpstreamResponse[] = [
  { title: "an ordinary one", bytes: `HTTP/1.1 200 OK\r\n${ok}`, client: "200 ok", kept: true },
  { title: "without a reason", bytes: `HTTP/1.1 200 \r\n${ok}`, client: "200 ok", kept: true },
  { title: "without a reason and its space", bytes: `HTTP/1.1 200\r\n${ok}`, client: "200 ok", kept: true },
  { title: "of an unknown status", bytes: `HTTP/1.1 299 Odd\r\n${ok}`, client: "299 ok", kept: true },
  { title: "of status 000", bytes: `HTTP/1.1 000 None\r\n${ok}`, client: "502" },
  { title: "of status 099", bytes: `HTTP/1.1 099 None\r\n${ok}`, client: "502" },
  { title: "of status 600", bytes: `HTTP/1.1 600 Odd\r\n${ok}`, client: "600 ok", kept: true },
  { title: "of status 999", bytes: `HTTP/1.1 999 Odd\r\n${ok}`, client: "999 ok", kept: true },
  { title: "of a status of two digits", bytes: `HTTP/1.1 20 OK\r\n${ok}`, client: "502" },
  { title: "of a status of four digits", bytes: `HTTP/1.1 2000 OK\r\n${ok}`, client: "502", envoy: "200 ok" },
  { title: "of a status with a sign", bytes: `HTTP/1.1 +20 OK\r\n${ok}`, client: "502" },
  { title: "of a status in letters", bytes: `HTTP/1.1 abc OK\r\n${ok}`, client: "502" },
  { title: "without a status", bytes: `HTTP/1.1\r\n${ok}`, client: "502" },
  { title: "without a status line", bytes: "ok", end: true, client: "502" },
  { title: "that begins with an empty line", bytes: `\r\nHTTP/1.1 200 OK\r\n${ok}`, client: "502" },
  { title: "of HTTP/0.9", bytes: `HTTP/0.9 200 OK\r\n${ok}`, client: "502", envoy: "200 ok" },
  { title: "of HTTP/1.0", bytes: `HTTP/1.0 200 OK\r\n${ok}`, client: "200 ok" },
  {
    title: "of HTTP/1.0 that keeps the connection",
    bytes: `HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n${ok}`,
    client: "200 ok",
    kept: true,
  },
  {
    title: "of HTTP/1.0 that ends with the connection",
    bytes: "HTTP/1.0 200 OK\r\n\r\nok",
    end: true,
    client: "200 ok",
  },
  { title: "of HTTP/1.2", bytes: `HTTP/1.2 200 OK\r\n${ok}`, client: "502", envoy: "200 ok" },
  { title: "of HTTP/2.0", bytes: `HTTP/2.0 200 OK\r\n${ok}`, client: "502", envoy: "200 ok" },
  { title: "of HTTP/2", bytes: `HTTP/2 200 OK\r\n${ok}`, client: "502" },
  { title: "of another protocol", bytes: `RTSP/1.0 200 OK\r\n${ok}`, client: "502" },
  { title: "of a protocol in lower case", bytes: `http/1.1 200 OK\r\n${ok}`, client: "502" },
  { title: "with two spaces before the status", bytes: `HTTP/1.1  200 OK\r\n${ok}`, client: "502", envoy: "200 ok" },
  { title: "with a tab before the status", bytes: `HTTP/1.1\t200 OK\r\n${ok}`, client: "502", envoy: "200 ok" },
  {
    title: "with a bare carriage return in the reason",
    bytes: `HTTP/1.1 200 O\rK\r\n${ok}`,
    client: "502",
    envoy: "200 ok",
  },
  {
    title: "with a null in the reason",
    bytes: `HTTP/1.1 200 O\0K\r\n${ok}`,
    client: "200 ok",
    kept: true,
    envoy: "502",
  },
  {
    title: "with a bare line feed after the status line",
    bytes: `HTTP/1.1 200 OK\n${ok}`,
    client: "502",
    envoy: "200 ok",
  },
  { title: "of TLS", bytes: "\x15\x03\x01\x00\x02\x02\x46", end: true, client: "502" },
  { title: "of HTTP/2's preface", bytes: "\x00\x00\x12\x04\x00\x00\x00\x00\x00", end: true, client: "502" },
];

/** Informational responses come before the final one (RFC 9110, section 15.2). */
const informational: UpstreamResponse[] = [
  {
    title: "after an unasked 100",
    bytes: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n${ok}`,
    client: "200 ok",
    kept: true,
  },
  {
    title: "after a 100 with fields",
    bytes: `HTTP/1.1 100 Continue\r\nx: y\r\n\r\nHTTP/1.1 200 OK\r\n${ok}`,
    client: "200 ok",
    kept: true,
  },
  {
    title: "after a 102",
    bytes: `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n${ok}`,
    client: "200 ok",
    kept: true,
  },
  {
    title: "after a 103",
    bytes: `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n${ok}`,
    client: "200 ok",
    kept: true,
  },
  { title: "after a 199", bytes: `HTTP/1.1 199 Odd\r\n\r\nHTTP/1.1 200 OK\r\n${ok}`, client: "200 ok", kept: true },
  {
    title: "after 100, 102, 103 and 100",
    bytes: `${[100, 102, 103, 100].map((status) => `HTTP/1.1 ${status} A\r\n\r\n`).join("")}HTTP/1.1 200 OK\r\n${ok}`,
    client: "200 ok",
    kept: true,
  },
  {
    title: "after 32 of 100",
    bytes: `${"HTTP/1.1 100 A\r\n\r\n".repeat(32)}HTTP/1.1 200 OK\r\n${ok}`,
    client: "200 ok",
    kept: true,
  },
  {
    title: "after 33 of 100",
    bytes: `${"HTTP/1.1 100 A\r\n\r\n".repeat(33)}HTTP/1.1 200 OK\r\n${ok}`,
    client: "502",
    envoy: "200 ok",
  },
  {
    title: "after a 100 that says how long it is",
    bytes: `HTTP/1.1 100 A\r\ncontent-length: 2\r\n\r\nHTTP/1.1 200 OK\r\n${ok}`,
    client: "502",
  },
  {
    title: "of 101 that nobody asked for",
    bytes: "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
    client: "502",
    envoy: "101 ",
  },
  {
    title: "of 101 without a protocol",
    bytes: "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    client: "502",
    envoy: "101 ",
  },
  {
    title: "of 101 and then 200",
    bytes: `HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK\r\n${ok}`,
    client: "502",
    envoy: "101 ",
  },
  { title: "of 100 only", bytes: "HTTP/1.1 100 Continue\r\n\r\n", end: true, client: "502" },
  { title: "of a 100 that does not end", bytes: "HTTP/1.1 100 Continue\r\nx", end: true, client: "502" },
  {
    title: "after a 100 with a broken field",
    bytes: `HTTP/1.1 100 Continue\r\na b: y\r\n\r\nHTTP/1.1 200 OK\r\n${ok}`,
    client: "502",
  },
];

/** Framing (RFC 9112, section 6). */
const framing: UpstreamResponse[] = [
  { title: "without a length", bytes: "HTTP/1.1 200 OK\r\n\r\nok", end: true, client: "200 ok" },
  { title: "with neither length nor body", bytes: "HTTP/1.1 200 OK\r\n\r\n", end: true, client: "200 " },
  { title: "of length 0", bytes: "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", client: "200 ", kept: true },
  {
    title: "shorter than its length",
    bytes: "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok",
    end: true,
    client: "200 cut",
  },
  {
    title: "of which nothing comes",
    bytes: "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n",
    end: true,
    client: "200 cut",
  },
  { title: "one byte longer than its length", bytes: `HTTP/1.1 200 OK\r\n${ok}X`, client: "200 ok" },
  {
    title: "with a second one behind it",
    bytes: `HTTP/1.1 200 OK\r\n${ok}HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbad`,
    client: "200 ok",
  },
  { title: "with a line behind it", bytes: `HTTP/1.1 200 OK\r\n${ok}\r\n`, client: "200 ok", kept: true },
  { title: "of two equal lengths", bytes: `HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${ok}`, client: "502" },
  { title: "of two lengths", bytes: `HTTP/1.1 200 OK\r\ncontent-length: 3\r\n${ok}`, client: "502" },
  { title: "of two lengths in one field", bytes: "HTTP/1.1 200 OK\r\ncontent-length: 2, 2\r\n\r\nok", client: "502" },
  { title: "of an empty length", bytes: "HTTP/1.1 200 OK\r\ncontent-length: \r\n\r\nok", end: true, client: "502" },
  { title: "of length +2", bytes: "HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\nok", client: "502" },
  { title: "of length -2", bytes: "HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\nok", client: "502" },
  { title: "of length 0x2", bytes: "HTTP/1.1 200 OK\r\ncontent-length: 0x2\r\n\r\nok", client: "502" },
  { title: "of length 2.0", bytes: "HTTP/1.1 200 OK\r\ncontent-length: 2.0\r\n\r\nok", client: "502" },
  {
    title: "of length 2 with a word behind it",
    bytes: "HTTP/1.1 200 OK\r\ncontent-length: 2 x\r\n\r\nok",
    client: "502",
  },
  { title: "of length 002", bytes: "HTTP/1.1 200 OK\r\ncontent-length: 002\r\n\r\nok", client: "200 ok", kept: true },
  {
    title: "of a length beyond 64 bits",
    bytes: "HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551616\r\n\r\nok",
    client: "502",
  },
  {
    title: "in chunks",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    client: "200 ok",
    kept: true,
  },
  {
    title: "in Chunks",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    client: "200 ok",
    kept: true,
  },
  {
    title: "in chunks with an extension",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\n\r\n",
    client: "200 ok",
    kept: true,
  },
  {
    title: "in chunks, with a length",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    client: "502",
  },
  {
    title: "of a length, in chunks",
    bytes: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    client: "502",
  },
  {
    title: "of a length, in another coding",
    bytes: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: gzip\r\n\r\nok",
    end: true,
    client: "502",
  },
  {
    title: "in another coding and chunks",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    client: "502",
  },
  {
    title: "in another coding and chunks, in two fields",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    client: "502",
  },
  {
    title: "in chunks twice",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    client: "502",
  },
  {
    title: "in another coding only",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nok",
    end: true,
    client: "502",
  },
  {
    title: "in the coding identity",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\n\r\nok",
    end: true,
    client: "502",
  },
  { title: "in an empty coding", bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: \r\n\r\nok", end: true, client: "502" },
  {
    title: "in a coding that only begins as chunked does",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunkedx\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    end: true,
    client: "502",
  },
  {
    title: "of HTTP/1.0 in chunks",
    bytes: "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    end: true,
    client: "502",
    envoy: "200 ok",
  },
  {
    title: "whose first chunk is broken",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n",
    client: "502",
    envoy: "200 cut",
  },
  {
    title: "whose first chunk has a length of 0x2",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0x2\r\nok\r\n0\r\n\r\n",
    client: "502",
    envoy: "200 cut",
  },
  {
    title: "whose first chunk's length overflows",
    bytes: `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${"f".repeat(17)}\r\nok\r\n0\r\n\r\n`,
    client: "502",
    envoy: "200 cut",
  },
  {
    title: "whose second chunk is broken",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n",
    client: "200 cut",
    afterBody: "502",
  },
  {
    title: "whose chunk is longer than it says",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nokX\r\n0\r\n\r\n",
    client: "200 cut",
    afterBody: "502",
    envoy: "200 ok",
  },
  {
    title: "whose chunks do not end",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n",
    end: true,
    client: "200 cut",
  },
  {
    title: "in chunks with a second one behind it",
    bytes:
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbad",
    client: "200 ok",
  },
  { title: "of 204 with a body", bytes: `HTTP/1.1 204 No Content\r\n${ok}`, client: "204 ", envoy: "502" },
  {
    title: "of 204 in chunks",
    bytes: "HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    client: "204 ",
    envoy: "502",
  },
  {
    title: "of 304 with a length",
    bytes: "HTTP/1.1 304 Not Modified\r\ncontent-length: 2\r\n\r\n",
    client: "304 ",
    kept: "afterBody",
  },
  { title: "of 304 with a body", bytes: `HTTP/1.1 304 Not Modified\r\n${ok}`, client: "304 " },
  { title: "of 205 with a body", bytes: `HTTP/1.1 205 Reset Content\r\n${ok}`, client: "205 ok", kept: true },
  {
    title: "to HEAD",
    method: "HEAD",
    bytes: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n",
    client: "200 ",
    kept: true,
  },
  { title: "to HEAD with a body", method: "HEAD", bytes: `HTTP/1.1 200 OK\r\n${ok}`, client: "200 " },
  {
    title: "to HEAD in chunks that are not there",
    method: "HEAD",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
    client: "200 ",
    kept: true,
  },
  { title: "to HEAD with neither length nor chunks", method: "HEAD", bytes: "HTTP/1.1 200 OK\r\n\r\n", client: "200 " },
];

/** The grammar of fields (RFC 9112, section 5). */
const grammar: UpstreamResponse[] = [
  { title: "with a folded field", bytes: `HTTP/1.1 200 OK\r\nx: y\r\n z\r\n${ok}`, client: "502", envoy: "200 ok" },
  {
    title: "with a bare carriage return in a field",
    bytes: `HTTP/1.1 200 OK\r\nx: y\rz\r\n${ok}`,
    client: "502",
    envoy: "200 ok",
  },
  { title: "with a null in a field", bytes: `HTTP/1.1 200 OK\r\nx: y\0z\r\n${ok}`, client: "502" },
  { title: "with a control character in a field", bytes: `HTTP/1.1 200 OK\r\nx: y\x01z\r\n${ok}`, client: "502" },
  {
    title: "with bytes beyond ASCII in a field",
    bytes: `HTTP/1.1 200 OK\r\nx: \xff\xe9\r\n${ok}`,
    client: "200 ok",
    kept: true,
  },
  { title: "with a space before a colon", bytes: `HTTP/1.1 200 OK\r\nx : y\r\n${ok}`, client: "502" },
  { title: "with a space in a name", bytes: `HTTP/1.1 200 OK\r\nx y: z\r\n${ok}`, client: "502" },
  { title: "with a field without a name", bytes: `HTTP/1.1 200 OK\r\n: y\r\n${ok}`, client: "502" },
  { title: "with a field without a colon", bytes: `HTTP/1.1 200 OK\r\nxy\r\n${ok}`, client: "502" },
  { title: "with a name that is no token", bytes: `HTTP/1.1 200 OK\r\nx(y): z\r\n${ok}`, client: "502" },
  { title: "with an empty field", bytes: `HTTP/1.1 200 OK\r\nx:\r\n${ok}`, client: "200 ok", kept: true },
  { title: "with bare line feeds", bytes: "HTTP/1.1 200 OK\ncontent-length: 2\n\nok", client: "502", envoy: "200 ok" },
  { title: "with a space before its first field", bytes: `HTTP/1.1 200 OK\r\n x: y\r\n${ok}`, client: "502" },
  {
    title: "with a field named __proto__",
    bytes: `HTTP/1.1 200 OK\r\n__proto__: y\r\n${ok}`,
    client: "200 ok",
    kept: true,
  },
];

/** How large heads may be: the same for requests and responses, on every engine. */
const sizes: UpstreamResponse[] = [
  { title: "of 999 fields", bytes: `HTTP/1.1 200 OK\r\n${fields(998)}${ok}`, client: "200 ok", kept: true },
  { title: "of 1,000 fields", bytes: `HTTP/1.1 200 OK\r\n${fields(999)}${ok}`, client: "200 ok", kept: true },
  { title: "of 1,001 fields", bytes: `HTTP/1.1 200 OK\r\n${fields(1_000)}${ok}`, client: "502" },
  { title: "of 5,000 fields", bytes: `HTTP/1.1 200 OK\r\n${fields(4_999)}${ok}`, client: "502" },
  { title: "of a head of 61,440 bytes", bytes: `${head(61_440)}ok`, client: "200 ok", kept: true },
  { title: "of a head of 61,441 bytes", bytes: `${head(61_441)}ok`, client: "502" },
  { title: "of a head of 61,440 bytes in 900 fields", bytes: `${head(61_440, 900)}ok`, client: "200 ok", kept: true },
  { title: "of a head of 61,441 bytes in 900 fields", bytes: `${head(61_441, 900)}ok`, client: "502" },
  { title: "of a head of 70,000 bytes", bytes: `${head(70_000)}ok`, client: "502" },
  { title: "of a head of 300,000 bytes", bytes: `${head(300_000)}ok`, client: "502" },
  { title: "of a reason too long", bytes: `HTTP/1.1 200 ${"y".repeat(61_440)}\r\n${ok}`, client: "502" },
  { title: "of a reason of several packets", bytes: `HTTP/1.1 200 ${"y".repeat(70_000)}\r\n${ok}`, client: "502" },
  { title: "of a long reason", bytes: `HTTP/1.1 200 ${"y".repeat(1_000)}\r\n${ok}`, client: "200 ok", kept: true },
];

/** What comes after a body in chunks (RFC 9112, section 7.1.2). */
const trailers: UpstreamResponse[] = [
  {
    title: "with trailers",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx: y\r\n\r\n",
    client: "200 ok",
    kept: true,
  },
  {
    title: "with Connection: close as a trailer",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nconnection: close\r\n\r\n",
    client: "200 ok",
    kept: "afterBody",
  },
  {
    title: "with a broken trailer",
    bytes: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx y: z\r\n\r\n",
    client: "200 cut",
    afterBody: "502",
  },
  {
    title: "with 1,000 trailers",
    bytes: `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${fields(1_000)}\r\n`,
    client: "200 ok",
    kept: true,
  },
  {
    title: "with 1,001 trailers",
    bytes: `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${fields(1_001)}\r\n`,
    client: "200 cut",
    kept: true,
  },
  {
    title: "with a trailer of 61,440 bytes",
    bytes: `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx: ${"y".repeat(61_440)}\r\n\r\n`,
    client: "200 cut",
    kept: true,
  },
  { title: "with Trailer and a length", bytes: `HTTP/1.1 200 OK\r\ntrailer: x\r\n${ok}`, client: "200 ok", kept: true },
];

export const upstreamResponses: readonly UpstreamResponse[] = [
  ...statusLines,
  ...informational,
  ...framing,
  ...grammar,
  ...sizes,
  ...trailers,
];

/** Answers a request for `/<index>` with the response of that index in the table, any other one with `okResponse`. */
export function answeringByPath(connection: RawConnection): void {
  connection.socket.on("data", () => {
    if (!/\r\n\r\n/.test(connection.received)) {
      return;
    }
    const index = /^\w+ \/(\d+) /.exec(connection.received)?.[1];
    connection.received = "";
    const { bytes, end }: Pick<UpstreamResponse, "bytes" | "end"> =
      index === undefined ? { bytes: okResponse } : upstreamResponses[Number(index)]!;
    connection.send(bytes);
    if (end === true) {
      connection.socket.end();
    }
  });
}

/** What a client has of a response that came on a connection of its own, up to the connection's end. */
export function outcomeOf(received: string, method: string): string {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd < 0) {
    return received === "" ? "nothing" : "a part of a head";
  }
  const head = received.slice(0, headEnd).toLowerCase();
  const status = head.slice(9, 12);
  const rest = received.slice(headEnd + 4);
  if (status === "502") {
    return status;
  }
  if (method === "HEAD" || status === "204" || status === "304") {
    return `${status} ${rest}`;
  }
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
  if (length !== undefined) {
    return `${status} ${rest.length < Number(length) ? "cut" : rest}`;
  }
  if (/\r\ntransfer-encoding: chunked/.test(head)) {
    return `${status} ${/\r\n0\r\n(.+\r\n)*\r\n$|^0\r\n\r\n$/.test(rest) ? chunks(rest) : "cut"}`;
  }
  return `${status} ${rest}`;
}

function chunks(text: string): string {
  let body = "";
  let rest = text;
  for (;;) {
    const line = rest.indexOf("\r\n");
    const size = Number.parseInt(rest.slice(0, line), 16);
    if (!(size > 0)) {
      return body;
    }
    body += rest.slice(line + 2, line + 2 + size);
    rest = rest.slice(line + 4 + size);
  }
}
