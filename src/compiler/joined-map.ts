import { decodedMappings, TraceMap } from "@jridgewell/trace-mapping";

/** A text with its source map, and the line of the whole text, from 0, at which it begins. */
export interface MappedPart {
  readonly map: TraceMap;
  readonly line: number;
}

/** The source map of a text that has all the parts, in their order. The sources of each follow on those of the one before. */
export function joinMaps(parts: readonly MappedPart[]): TraceMap {
  const sources: (string | null)[] = [];
  const sourcesContent: (string | null)[] = [];
  const mappings: (readonly number[])[][] = [];
  for (const { map, line } of parts) {
    const first = sources.length;
    sources.push(...map.sources);
    sourcesContent.push(...(map.sourcesContent ?? []));
    for (const [index, segments] of decodedMappings(map).entries()) {
      mappings[line + index] = segments.map(([column, source, ...rest]) =>
        source === undefined ? [column] : [column, source + first, ...rest.slice(0, 2)],
      );
    }
  }
  const lines = Array.from(mappings, (segments) => (segments as (readonly number[])[] | undefined) ?? []);
  return new TraceMap({ version: 3, names: [], sources, sourcesContent, mappings: lines as [number][][] });
}
