/** Raw requests through the gateway: what the client gets, and what reaches the upstream. */
import { afterAll, describe, expect, it } from "vitest";
import { openGatewayLane } from "./gateway-lane.js";
import { Lanes } from "./lane.js";
import type { RequestRow } from "./row.js";
import { judgeRequest, modes, runRequestRow } from "./run-request-row.js";
import { requestTables } from "./tables/index.js";

const defects: unknown[] = [];
const lanes = new Lanes(16, () => openGatewayLane(defects));

afterAll(async () => {
  await lanes.close();
});

async function differencesOf(row: RequestRow): Promise<string[]> {
  const differences: string[] = [];
  for (const mode of modes) {
    await lanes.use(async (lane) => {
      const outcome = await runRequestRow(lane, row, mode);
      const found = judgeRequest(row, outcome);
      differences.push(...found.map((difference) => `${mode}: ${difference}`));
      return found.length === 0 && row[4]?.partial === undefined;
    });
  }
  return differences;
}

for (const { kind, rfc, rows } of requestTables) {
  describe.concurrent(kind, () => {
    for (const row of rows) {
      const [name, , get, , extra] = row;
      it(`${name}: ${get} (RFC ${extra?.rfc ?? rfc})`, async () => {
        const differences = await differencesOf(row);
        expect(differences, differences.join("\n")).toEqual([]);
      });
    }
  });
}

describe("the tables of requests", () => {
  it("have no name twice in one kind", () => {
    const names = requestTables.flatMap(({ kind, rows }) => rows.map(([name]) => `${kind}: ${name}`));
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it("show no defect of the gateway", () => {
    expect(defects).toEqual([]);
  });
});
