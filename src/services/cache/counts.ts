/** What a cache counts. Hosts are told once a second, since a call for each hit would take longer than the hit. */
import type { InstanceContext, InstancePort } from "../../policy/service.js";
import { type Counter, counter } from "../metrics/index.js";

const pause = 1_000;

export class Counts {
  hits = 0;
  misses = 0;
  evictions = 0;
  /** The host will be told. */
  private noted = false;
  private readonly port: InstancePort;
  private readonly counters: readonly Counter[];

  constructor(context: InstanceContext, port: InstancePort, name: string) {
    this.port = port;
    this.counters = ["cache_hits", "cache_misses", "cache_evictions"].map((metric) =>
      counter(context, metric, { labels: ["cache"] }).with({ cache: name }),
    );
    port.closed.addEventListener("abort", () => {
      this.tell();
    });
  }

  /** Something was counted of a kind of which there was nothing. */
  note(): void {
    if (this.noted) {
      return;
    }
    this.noted = true;
    this.port.schedule(pause, () => {
      this.tell();
    });
  }

  private tell(): void {
    this.noted = false;
    const counted = [this.hits, this.misses, this.evictions];
    this.hits = 0;
    this.misses = 0;
    this.evictions = 0;
    for (const [index, each] of this.counters.entries()) {
      each.increment(counted[index]);
    }
  }
}
