// The peer: fast-proxy with the same check, written its own way. Arguments: port, upstream URL.
import { createServer } from "node:http";
import fastProxy from "fast-proxy";

const [port = "", upstream = ""] = process.argv.slice(2);
const peer = fastProxy({ base: upstream, undici: { connections: 100, pipelining: 1 } });

createServer((request, response) => {
  if (request.headers.authorization === undefined) {
    response.writeHead(401, { "www-authenticate": 'Bearer realm="oauth2"' }).end('{ "error": "token was not present"}');
    return;
  }
  peer.proxy(request, response, request.url ?? "/", {});
}).listen(Number(port), "127.0.0.1");
