// The peer: an HTTP ext_authz service. 200 lets a request pass; anything else is the answer. Argument: port.
import { createServer } from "node:http";

const server = createServer((request, response) => {
  if (request.headers.authorization === undefined) {
    response.writeHead(401, { "WWW-Authenticate": 'Bearer realm="oauth2"' }).end('{ "error": "token was not present"}');
    return;
  }
  response.writeHead(200).end();
});
// Envoy keeps its connections.
server.keepAliveTimeout = 0;
server.requestTimeout = 0;
server.listen(Number(process.argv[2]), "127.0.0.1");
