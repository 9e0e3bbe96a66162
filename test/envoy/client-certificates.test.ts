/** Tokens that are bound to a client's certificate (RFC 8705), on connections of TLS on which clients show theirs. */
import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { claims, ec, token } from "../services/jwt/tokens.js";
import { configOf, use } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

const file = (name: string): string => fileURLToPath(new URL(`certificates/${name}`, import.meta.url));
const client = (name: string) => ({
  cert: readFileSync(file(`${name}.pem`)),
  key: readFileSync(file(`${name}.key.pem`)),
});
type Client = ReturnType<typeof client>;
const ca = readFileSync(file("ca.pem"));
const own = client("client");
const other = client("other-client");

const thumbprint = createHash("sha256").update(new X509Certificate(own.cert).raw).digest("base64url");
const bound = (cnf: object = { "x5t#S256": thumbprint }): string =>
  token({ alg: "ES256" }, claims({ exp: 4_102_444_800, cnf }));

let upstream: UpstreamServer;
let envoy: RunningEnvoy;
beforeAll(async () => {
  upstream = await startUpstream();
  const config = configOf({ api: `http://127.0.0.1:${upstream.port}` }, [
    {
      policies: [
        use("", {
          name: "verifying",
          file: fileURLToPath(new URL("../conformance/policies/verifying.ts", import.meta.url)),
          config: { pem: ec.pem, algorithms: ["ES256"] },
        }),
      ],
    },
  ]);
  envoy = await startConfig(config, {
    tls: {
      "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
      common_tls_context: {
        tls_certificates: [
          {
            certificate_chain: { filename: file("localhost.pem") },
            private_key: { filename: file("localhost.key.pem") },
          },
        ],
        // Certificates that clients have signed for themselves do (section 2.2): tokens name them.
        validation_context: { trust_chain_verification: "ACCEPT_UNTRUSTED" },
      },
    },
  });
}, 300_000);
afterAll(async () => {
  await envoy?.close();
  await upstream?.close();
});

/** What a client resumes the last connection with. */
let lastSession: Buffer | undefined;

/** The status, and the code of what is refused. */
async function ask(text: string, certificate: Client | undefined): Promise<string> {
  const asked = request({
    host: "127.0.0.1",
    port: envoy.port,
    servername: "localhost",
    ca,
    headers: { authorization: `Bearer ${text}` },
    agent: false,
    ...certificate,
  }).end();
  asked.once("socket", (socket) => {
    socket.on("session", (session: Buffer) => {
      lastSession = session;
    });
  });
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  response.resume();
  await once(response, "end");
  return `${response.statusCode} ${(response.headers["x-code"] as string | undefined) ?? "passes"}`;
}

it("a bound token passes where the client has shown the certificate that it names, again and again", async () => {
  const text = bound();
  expect(await ask(text, own)).toBe("200 passes");
  expect(await ask(text, own)).toBe("200 passes");
});

it("a bound token is refused with another certificate and with none, also when it has passed before", async () => {
  const text = bound();
  expect(await ask(text, other)).toBe("401 JWT_BINDING");
  expect(await ask(text, own)).toBe("200 passes");
  expect(await ask(text, other)).toBe("401 JWT_BINDING");
  expect(await ask(text, undefined)).toBe("401 JWT_BINDING");
  expect(await ask(text, own)).toBe("200 passes");
});

it("a token that is bound to more than a certificate, or to what is none, is refused", async () => {
  expect(await ask(bound({ "x5t#S256": thumbprint, jkt: thumbprint }), own)).toBe("401 JWT_BINDING");
  expect(await ask(bound({ "x5t#S256": "" }), undefined)).toBe("401 JWT_BINDING");
  expect(await ask(bound({ "x5t#S256": `${thumbprint}=` }), own)).toBe("401 JWT_BINDING");
});

it("a token that is bound to nothing passes with any certificate", async () => {
  expect(await ask(token({ alg: "ES256" }, claims({ exp: 4_102_444_800 })), other)).toBe("200 passes");
});

it("the certificate is that of the session, where that is resumed", async () => {
  const first = await ask(bound(), own);
  const text = bound();
  let isResumed = false;
  const socket = connect({ port: envoy.port, host: "127.0.0.1", servername: "localhost", ca, session: lastSession! });
  socket.once("secureConnect", () => {
    isResumed = socket.isSessionReused();
  });
  socket.write(`GET / HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${text}\r\nconnection: close\r\n\r\n`);
  const [head] = (await once(socket, "data")) as [Buffer];
  expect([first, isResumed, head.toString().split("\r\n")[0]]).toEqual(["200 passes", true, "HTTP/1.1 200 OK"]);
});
