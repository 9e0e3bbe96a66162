/** Raw responses of upstreams through the gateway, by both of its ways to upstreams: what the client gets. */
import { afterAll, describe, expect, it } from "vitest";
import { openGatewayLane } from "./gateway-lane.js";
import { Lanes } from "./lane.js";
import type { ResponseFor, ResponseRow } from "./row.js";
import { modes } from "./run-request-row.js";
import { judgeResponse, runResponseRow } from "./run-response-row.js";
import { responseTables } from "./tables/index.js";

const defects: unknown[] = [];
const lanes = new Lanes(16, () => openGatewayLane(defects));

afterAll(async () => {
  await lanes.close();
});

async function differencesOf(row: ResponseRow, method: ResponseFor): Promise<string[]> {
  const differences: string[] = [];
  for (const mode of modes) {
    await lanes.use(async (lane) => {
      const found = judgeResponse(row, await runResponseRow(lane, row, method, mode));
      differences.push(...found.map((difference) => `${mode}: ${difference}`));
      return found.length === 0;
    });
  }
  return differences;
}

for (const { kind, rfc, rows } of responseTables) {
  describe.concurrent(kind, () => {
    for (const row of rows) {
      const [name, , get, extra] = row;
      for (const method of extra?.to ?? (["GET", "POST"] as const)) {
        it(`${name}, to ${method}: ${get.slice(0, 60)} (RFC ${extra?.rfc ?? rfc})`, async () => {
          const differences = await differencesOf(row, method);
          expect(differences, differences.join("\n")).toEqual([]);
        });
      }
    }
  });
}

describe("the tables of responses", () => {
  it("have no name twice in one kind", () => {
    const names = responseTables.flatMap(({ kind, rows }) => rows.map(([name]) => `${kind}: ${name}`));
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it("show no defect of the gateway", () => {
    expect(defects).toEqual([]);
  });
});
