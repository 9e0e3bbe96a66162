/** Finds the services of policies that a policy does not mention, so that its module carries none of them. */

import type * as esbuild from "esbuild";
import { isKitFile } from "./package-paths.js";
import { writtenSources } from "./written-sources.js";

/** A file of services/: by what a policy asks for it, and the classes that the guest makes of it. */
interface Service {
  /** The name in the filters' context. */
  readonly member: string;
  readonly classes: readonly string[];
}

const services: Readonly<Record<string, Service>> = {
  "http-client": { member: "client", classes: ["CallClient"] },
  metrics: { member: "metrics", classes: ["MetricTable", "PolicyMetrics"] },
  authentication: { member: "authentication", classes: ["ExchangeAuthentication"] },
  violations: { member: "violations", classes: ["ExchangeViolations"] },
};

/**
 * The files of services/ whose member of the context occurs nowhere in the policy and its packages, not even in a comment. One
 * too few costs some kilobytes; there is none too many, unless a policy puts the name together at run time.
 *
 * @param map The source map (JSON) of the policy's bundle, with the sources in it.
 */
export function unusedServices(map: string): ReadonlySet<string> {
  const texts = writtenSources(map);
  const unused = Object.entries(services).filter(
    ([, { member }]) => !texts.some((text) => new RegExp(`\\b${member}\\b`).test(text)),
  );
  return new Set(unused.map(([file]) => file));
}

/** Bundles classes that do nothing in place of these files of services/: the guest may make them, nobody calls them. */
export function withoutServices(unused: ReadonlySet<string>): esbuild.Plugin {
  return {
    name: "sluice-unused-services",
    setup(build) {
      if (unused.size === 0) {
        return;
      }
      build.onLoad(
        { filter: new RegExp(`[\\\\/]services[\\\\/](?:${[...unused].join("|")})\\.[jt]s$`) },
        ({ path }) => {
          if (!isKitFile(path)) {
            return undefined;
          }
          const name = /([\w-]+)\.[jt]s$/.exec(path)?.[1] ?? "";
          return { contents: (services[name] as Service).classes.map((each) => `export class ${each} {}`).join("\n") };
        },
      );
    },
  };
}
