// Tables of results. Differences are medians of the differences round by round.
import { median } from "./statistics.mjs";

/** @typedef {import("./peers.mjs").Peer} Peer */
/** @typedef {import("./load.mjs").Slice} Slice */
/** @typedef {import("./load.mjs").Case} Case */
/** @typedef {import("./measure.mjs").Start} Start */

/** @param {ReadonlyMap<Peer, readonly Start[]>} results */
export function startTable(results) {
  const none = baseline(results);
  const rows = [...results].map(([peer, starts]) => {
    const milliseconds = starts.map((start) => start.milliseconds);
    const mebibytes = starts.map((start) => start.mebibytes);
    const over = median(
      differences(
        mebibytes,
        none?.map((start) => start.mebibytes),
      ),
    );
    return [peer.name, spread(milliseconds, 0), spread(mebibytes, 1), signed(over)];
  });
  return table(["", "start to first good answer, ms", "memory, MiB", "over none"], rows);
}

/** @param {ReadonlyMap<Peer, Readonly<Record<Case, readonly Slice[]>>>} results */
export function loadTable(results) {
  return /** @type {Case[]} */ (["allow", "deny"])
    .map((kind) => {
      const none = baseline(results)?.[kind].map(({ cpu }) => cpu);
      const rows = [...results].map(([peer, { [kind]: slices }]) => {
        const over = signed(
          median(
            differences(
              slices.map(({ cpu }) => cpu),
              none,
            ),
          ),
        );
        const service = median(slices.map(({ serviceCpu }) => serviceCpu));
        return [
          peer.name,
          spread(
            slices.map(({ cpu }) => cpu),
            1,
          ),
          service > 0 ? `${over}, and ${service.toFixed(1)} in its service` : over,
          median(slices.map(({ rate }) => rate)).toFixed(0),
          median(slices.map(({ p50 }) => p50)).toFixed(0),
          median(slices.map(({ p99 }) => p99)).toFixed(0),
          `${(median(slices.map(({ disturbed }) => disturbed)) * 100).toFixed(0)} %`,
        ];
      });
      return table(
        [kind, "CPU µs/request", "over none", "requests/s", "p50 µs", "p99 µs", "waited for its core"],
        rows,
      );
    })
    .join("\n");
}

/** @template T @param {ReadonlyMap<Peer, T>} results */
function baseline(results) {
  return [...results].find(([{ kind }]) => kind === "none")?.[1];
}

/** @param {readonly number[]} values @param {readonly number[]} [base] */
function differences(values, base) {
  return values.map((value, round) => value - (base?.[round] ?? Number.NaN));
}

/** @param {readonly number[]} values @param {number} digits */
function spread(values, digits) {
  return `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;
}

/** @param {number} value */
function signed(value) {
  return `${value < 0 ? "" : "+"}${value.toFixed(1)}`;
}

/** @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
function table(head, rows) {
  return ["", head, head.map(() => "---"), ...rows]
    .map((cells) => (typeof cells === "string" ? cells : `| ${cells.join(" | ")} |`))
    .join("\n");
}
