import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Gateway, startGateway } from "../../src/gateway/index.js";
import { startUpstream, type UpstreamServer } from "../envoy/support/upstream-server.js";
import { grpcAnswers, grpcAnswersConfig, grpcOutcomes, upstreamOfGrpcAnswers } from "./support/grpc-answers.js";

describe("the gateway's own answer to a request of gRPC", () => {
  let upstream: UpstreamServer;
  let outcomes: string[];
  let gateway: Gateway;

  beforeAll(async () => {
    upstream = await startUpstream(upstreamOfGrpcAnswers);
    const dead = await startUpstream();
    await dead.close();
    gateway = await startGateway(grpcAnswersConfig(upstream.port, dead.port));
    outcomes = await grpcOutcomes(gateway.port);
  });

  afterAll(async () => {
    await gateway?.close();
    await upstream?.close();
  });

  it.each(grpcAnswers.map((row, index) => ({ ...row, index })))("$title", ({ index, expected }) => {
    expect(outcomes[index]).toBe(expected);
  });
});
