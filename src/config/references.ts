/** What a schema cannot see: names that must exist and names that must differ. */
import { didYouMean } from "./did-you-mean.js";
import type { ConfigPath, FileProblem } from "./problems.js";
import { listAt, property } from "./raw-value.js";
import type { YamlSource } from "./yaml-source.js";

/**
 * Unknown upstreams, and names given twice. Works on the file as it is, so that its findings are reported together with those of
 * the schema.
 */
export function checkReferences(source: YamlSource): FileProblem[] {
  const problems: FileProblem[] = [];
  const report = (path: ConfigPath, message: string) => problems.push({ path, message, ...source.locate(path) });
  const upstreams = Object.keys(property(source.value, "upstreams") ?? {});
  const routes = listAt(source.value, "routes");

  for (const [index, route] of routes.entries()) {
    const upstream = property(route, "upstream");
    if (typeof upstream === "string" && !upstreams.includes(upstream)) {
      report(
        ["routes", index, "upstream"],
        `expected the name of an upstream (${upstreams.join(", ") || "there is none"}), ` +
          `got ${JSON.stringify(source.conceal(upstream))}${didYouMean(upstream, upstreams)}`,
      );
    }
  }
  for (const [index, name] of repeatedNames(routes)) {
    report(["routes", index, "name"], `expected a name that no other route has, got ${name} again`);
  }
  for (const [routeIndex, route] of routes.entries()) {
    for (const [index, name] of repeatedNames(listAt(route, "policies"))) {
      report(
        ["routes", routeIndex, "policies", index, "name"],
        `expected a name that no other policy of the route has, got ${name} again`,
      );
    }
  }
  return problems;
}

/** Index and name, in quotes, of those whose name occurred before. */
function repeatedNames(items: readonly unknown[]): [index: number, name: string][] {
  const names = items.map((item) => property(item, "name"));
  return [...names.entries()].flatMap(([index, name]): [number, string][] =>
    typeof name === "string" && names.indexOf(name) < index ? [[index, JSON.stringify(name)]] : [],
  );
}
