/** The exchanges of which the policies of a guest want more events, by the place that their policy has in its route. */
import { ContextTable } from "../context-table.js";
import type { ChainedExchange } from "./chained-exchange.js";

export class KeptExchanges {
  private readonly tables: ContextTable<ChainedExchange>[] = [];

  /** Routes have up to so many policies. */
  widen(places: number): void {
    while (this.tables.length < places) {
      this.tables.push(new ContextTable());
    }
  }

  /** The last place that there is in any route. */
  get last(): number {
    return this.tables.length - 1;
  }

  add(place: number, exchange: ChainedExchange): void {
    (this.tables[place] as ContextTable<ChainedExchange>).add(exchange);
  }

  at(place: number, id: number): ChainedExchange | undefined {
    return this.tables[place]?.get(id);
  }

  /** Those of a stream, by their places. */
  of(id: number): (ChainedExchange | undefined)[] {
    return this.tables.map((table) => table.get(id));
  }

  /** The first of a stream. */
  anyOf(id: number): ChainedExchange | undefined {
    return this.tables.find((table) => table.get(id) !== undefined)?.get(id);
  }

  /** The place of the last one of a stream; -1: there is none. */
  lastOf(id: number): number {
    return this.tables.findLastIndex((table) => table.get(id) !== undefined);
  }

  /** Whether there is one of a stream before this place. */
  isAnyBefore(place: number, id: number): boolean {
    for (let index = 0; index < place; index++) {
      if (this.tables[index]?.get(id) !== undefined) {
        return true;
      }
    }
    return false;
  }

  /** The stream is over. */
  forget(id: number): void {
    for (const table of this.tables) {
      table.take(id)?.release();
    }
  }

  *values(): Generator<ChainedExchange, undefined> {
    for (const table of this.tables) {
      yield* table.values();
    }
  }
}
