import { decodedMappings, encodedMappings, TraceMap } from "@jridgewell/trace-mapping";

/** A text with its source map (version 3, JSON), and the line of the whole text, from 0, at which it begins. */
export interface MappedPart {
  readonly map: string;
  readonly line: number;
}

/** The source map of a text that has all the parts, in their order. The sources of each follow on those of the one before. */
export function joinMaps(parts: readonly MappedPart[]): string {
  const sources: (string | null)[] = [];
  const sourcesContent: (string | null)[] = [];
  const mappings: (readonly number[])[][] = [];
  for (const { map, line } of parts) {
    const trace = new TraceMap(map);
    const first = sources.length;
    sources.push(...trace.sources);
    sourcesContent.push(...(trace.sourcesContent ?? []));
    for (const [index, segments] of decodedMappings(trace).entries()) {
      mappings[line + index] = segments.map(([column, source, ...rest]) =>
        source === undefined ? [column] : [column, source + first, ...rest.slice(0, 2)],
      );
    }
  }
  const lines = Array.from(mappings, (segments) => (segments as (readonly number[])[] | undefined) ?? []);
  const joined = new TraceMap({ version: 3, names: [], sources, sourcesContent, mappings: lines as [number][][] });
  return JSON.stringify({ version: 3, sources, sourcesContent, names: [], mappings: encodedMappings(joined) });
}
