import { describe, expect, it } from "vitest";
import { ChainHarness, policy, testFacts } from "../../../test/support/chain-harness.js";
import { HeadersStatus, MapType, Status } from "../../abi/constants.js";
import { streamProperty } from "./properties.js";

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString("latin1");

describe("stream properties", () => {
  const source = {
    facts: {
      ...testFacts,
      tls: { version: "TLSv1.3", serverName: "example.com", mutual: true, peerSubject: "CN=client" },
    },
    request: { headers: [":method", "GET", ":scheme", "https", ":authority", "example.com", ":path", "/p\xe9"] },
    response: { headers: [":status", "404"] },
    responseDetails: "via_upstream",
    upstream: { address: "10.0.0.9:8080" },
  };

  it.each([
    ["source.address", "192.0.2.7:4711"],
    ["destination.address", "192.0.2.1:8080"],
    ["request.id", "req-1"],
    ["request.protocol", "HTTP/1.1"],
    ["request.method", "GET"],
    ["request.path", "/p\xe9"],
    ["request.host", "example.com"],
    ["request.scheme", "https"],
    ["route_name", "route-1"],
    ["xds.route_name", "route-1"],
    ["upstream.address", "10.0.0.9:8080"],
    ["response.code_details", "via_upstream"],
    ["connection.tls_version", "TLSv1.3"],
    ["connection.requested_server_name", "example.com"],
    ["connection.subject_peer_certificate", "CN=client"],
  ])("give %s as text", (name, expected) => {
    expect(text(streamProperty(source, name))).toBe(expected);
  });

  it("give numbers as eight bytes, little end first, and truth as one", () => {
    expect([...(streamProperty(source, "response.code") ?? [])]).toEqual([0x94, 1, 0, 0, 0, 0, 0, 0]);
    expect([...(streamProperty(source, "source.port") ?? [])]).toEqual([0x67, 0x12, 0, 0, 0, 0, 0, 0]);
    expect([...(streamProperty(source, "connection.mtls") ?? [])]).toEqual([1]);
  });

  it("are absent where there is nothing to say", () => {
    const plain = {
      ...source,
      facts: testFacts,
      response: { headers: undefined },
      responseDetails: "",
      upstream: { address: undefined },
    };
    for (const name of [
      "connection.tls_version",
      "response.code",
      "response.code_details",
      "upstream.address",
      "no.such",
    ]) {
      expect(streamProperty(plain, name)).toBeUndefined();
    }
    expect([...(streamProperty(plain, "connection.mtls") ?? [])]).toEqual([0]);
  });

  it("tell an upstream's answer from a policy's", () => {
    const seen: unknown[] = [];
    const look = policy("look", ({ host }) => ({
      onResponseHeaders: () => {
        seen.push(
          text(host.getProperty(["response", "code_details"])),
          text(host.getProperty(["upstream", "address"])),
        );
        return HeadersStatus.Continue;
      },
    }));
    new ChainHarness(look).get().forward.respond(200);
    new ChainHarness(
      look,
      policy("a", ({ host }) => ({
        onRequestHeaders: () => {
          host.sendLocalResponse(403, host.getHeaderMapValue(MapType.RequestHeaders, "x-why") ?? "", undefined, [], -1);
          return HeadersStatus.Continue;
        },
      })),
    ).get(["x-why", "denied"]);
    expect(seen).toEqual(["via_upstream", "10.0.0.9:8080", "denied", undefined]);
  });

  it("may be set under new single names, seen by the other policies of the exchange only", () => {
    const seen: unknown[] = [];
    const chain = new ChainHarness(
      policy("a", ({ host }) => ({
        onRequestHeaders: () => {
          seen.push(text(host.getProperty(["tenant"])));
          expect(host.setProperty(["tenant"], Buffer.from("acme"))).toBe(Status.Ok);
          expect(host.setProperty(["tenant", "name"], Buffer.from("x"))).toBe(Status.BadArgument);
          return HeadersStatus.Continue;
        },
      })),
      policy("b", ({ host }) => ({
        onRequestHeaders: () => {
          seen.push(text(host.getProperty(["tenant"])));
          return HeadersStatus.Continue;
        },
      })),
    );
    chain.get();
    chain.get();
    expect(seen).toEqual([undefined, "acme", undefined, "acme"]);
    expect(chain.failures).toEqual([]);
  });
});
