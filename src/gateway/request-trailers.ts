/** A client's trailers, where the gateway lets them pass. */
import type { HeaderList } from "../abi/port.js";
import { neverBeginningsInRequestTrailers, neverInRequestTrailers } from "../abi/trailer-names.js";
import { trailerList } from "./hop-by-hop.js";

/** As a flat list, without what only the gateway says. */
export function requestTrailerList(raw: readonly string[]): HeaderList {
  const list = trailerList(raw);
  return list.filter((_, i) => !isGateways(list[i - (i % 2)]!));
}

function isGateways(name: string): boolean {
  return (
    neverInRequestTrailers.includes(name) ||
    neverBeginningsInRequestTrailers.some((beginning) => name.startsWith(beginning))
  );
}
