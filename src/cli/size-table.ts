import type { SizeReport } from "../compiler/size-report.js";

/** What a build tells about the module in `path`. */
export function sizeTable(path: string, { bytes, gzipBytes, parts }: SizeReport): string {
  const rows = parts.map(
    ({ name, bytes: size, estimated }) => [name, `${estimated ? "~ " : ""}${grouped(size)}`] as const,
  );
  const nameWidth = Math.max(...rows.map(([name]) => name.length));
  const sizeWidth = Math.max(...rows.map(([, size]) => size.length));
  const lines = rows.map(([name, size]) => `  ${name.padEnd(nameWidth)}  ${size.padStart(sizeWidth)}`);
  return [
    `${path}: ${grouped(bytes)} bytes, ${grouped(gzipBytes)} gzipped`,
    ...lines,
    "  ~ shares of one memory, by how much JavaScript each brought",
  ].join("\n");
}

export function grouped(value: number): string {
  return value.toLocaleString("en-US");
}
