import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import {
  grpcAnswers,
  grpcAnswersConfig,
  grpcOutcomes,
  upstreamOfGrpcAnswers,
} from "../gateway/support/grpc-answers.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

describe("in Envoy the gateway's own answer to a request of gRPC", () => {
  let upstream: UpstreamServer;
  let outcomes: string[];
  let envoy: RunningEnvoy;

  beforeAll(async () => {
    upstream = await startUpstream(upstreamOfGrpcAnswers);
    const dead = await startUpstream();
    await dead.close();
    envoy = await startConfig(grpcAnswersConfig(upstream.port, dead.port));
    outcomes = await grpcOutcomes(envoy.port);
  });

  afterAll(async () => {
    await envoy?.close();
    await upstream?.close();
  });

  it.each(grpcAnswers.map((row, index) => ({ ...row, index })))("$title", ({ index, expected }) => {
    expect(outcomes[index]).toBe(expected);
  });
});
