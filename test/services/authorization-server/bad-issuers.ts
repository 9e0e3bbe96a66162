/** Issuers that misbehave, and what tokens get that are verified by their keys, or that they are asked about. */
import type { ServerResponse } from "node:http";

export interface BadIssuer {
  /** Answers a request for a path of the issuer. */
  readonly answer: (path: string, response: ServerResponse, issuer: string) => void;
  readonly keys: string;
  readonly introspection: string;
}

const noKeys = "503 JWT_KEYS_UNAVAILABLE";
const noAnswer = "503 INTROSPECTION_UNAVAILABLE";
const json = { "content-type": "application/json" };

/** What an issuer answers that is as it should be: that the token is active, too. */
const document = (issuer: string, more: object = {}): string =>
  JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks`, active: true, iss: issuer, ...more });

export const badIssuers: Readonly<Record<string, BadIssuer>> = {
  silent: { answer: () => undefined, keys: noKeys, introspection: noAnswer },
  down: { answer: (_path, response) => response.destroy(), keys: noKeys, introspection: noAnswer },
  trickling: {
    answer(_path, response) {
      response.writeHead(200, json);
      const timer = setInterval(() => response.write(" "), 20);
      response.on("close", () => {
        clearInterval(timer);
      });
    },
    keys: noKeys,
    introspection: noAnswer,
  },
  endless: {
    answer(_path, response) {
      const spaces = " ".repeat(65_536);
      const write = (): void => {
        let goesOn = true;
        while (goesOn && !response.destroyed) {
          goesOn = response.write(spaces);
        }
      };
      response.writeHead(200, json).on("drain", write);
      write();
    },
    keys: noKeys,
    introspection: noAnswer,
  },
  large: {
    answer(_path, response, issuer) {
      response.writeHead(200, json).end(document(issuer, { more: "x".repeat(10_000_000) }));
    },
    keys: noKeys,
    introspection: noAnswer,
  },
  redirecting: {
    answer(path, response, issuer) {
      if (path === "/elsewhere") {
        response.writeHead(200, json).end(document(issuer));
      } else {
        response.writeHead(302, { location: `${issuer}/elsewhere` }).end();
      }
    },
    keys: noKeys,
    introspection: noAnswer,
  },
  failing: {
    answer: (_path, response, issuer) => response.writeHead(500, json).end(document(issuer)),
    keys: noKeys,
    introspection: noAnswer,
  },
  lying: {
    answer(path, response, issuer) {
      response.writeHead(200, json).end(document("https://login.example.com", { jwks_uri: `${issuer}/jwks` }));
    },
    keys: noKeys,
    introspection: "401 TOKEN_ISSUER",
  },
  babbling: {
    answer: (_path, response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
    keys: noKeys,
    introspection: "503 INTROSPECTION_ANSWER",
  },
  leading: {
    // To where the gateway has no upstream.
    answer: (_path, response, issuer) =>
      response.writeHead(200, json).end(document(issuer, { jwks_uri: "http://127.0.0.2/jwks", active: "true" })),
    keys: noKeys,
    introspection: "401 TOKEN_INACTIVE",
  },
  keyless: {
    answer(path, response, issuer) {
      const key = { kty: "OKP", crv: "X25519", x: "A".repeat(43), alg: "RS256" };
      response.writeHead(200, json).end(path === "/jwks" ? JSON.stringify({ keys: [key] }) : document(issuer));
    },
    keys: "401 JWT_KEY_UNKNOWN",
    introspection: "401 TOKEN_AUDIENCE",
  },
};
