/** A run of policies as an HTTP filter of Envoy's that is a dynamic module: `libsluice`. */
import type { PolicyModules } from "../compile-modules.js";
import { type Json, typed } from "../json.js";
import type { PolicyRun } from "../policy-runs.js";
import { moduleOf } from "../run-configuration.js";

export interface NativeFilter {
  /** What `libsluice` calls the policies in the log: `<route>/<use>`. */
  rootId: string;
  /** The policies' file, as Envoy finds it. */
  path: string;
  /** `libsluice`, as Envoy finds it. */
  library: string;
  /** Filters that have it and the file in common share the policies' state. */
  vmId: string;
  /** Its answers are sent by the filter that {@link answeringFilter} makes. */
  answered: boolean;
  /** What the policies are told. */
  configuration: string;
}

/** As `src/engine/native/config.c` reads it. What the library needs is in it: the configuration is the policies', as a module gets it. */
export function nativeFilterName({
  rootId,
  vmId,
  answered,
  path,
}: Omit<NativeFilter, "library" | "configuration">): string {
  return `${rootId} ${vmId} ${answered ? "answers" : "-"} ${path}`;
}

/** Whether the other filter has to answer for a run: it is run natively, and one of its policies may see responses. */
export function isAnswered({ uses }: Pick<PolicyRun, "uses">, modules: PolicyModules): boolean {
  return uses
    .map(({ file }) => moduleOf(modules, file))
    .some(({ library, seesResponses = true }) => library !== undefined && seesResponses);
}

export function nativeFilter({ library, configuration, ...filter }: NativeFilter): Json {
  return {
    ...dynamicModule(library, nativeFilterName(filter)),
    filter_config: typed("google.protobuf.StringValue", { value: configuration }),
  };
}

/**
 * The filter by which answers of policies that see responses are sent, which comes before all of theirs: Envoy keeps such answers from the
 * response filters of the filter that sends them.
 */
export function answeringFilter(library: string): Json {
  return dynamicModule(library, "answers");
}

export const answeringName = "sluice.answers";

function dynamicModule(library: string, name: string): Json {
  return typed("envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter", {
    // Its threads, and what policies share, outlive a configuration.
    dynamic_module_config: { module: { local: { filename: library } }, do_not_close: true },
    filter_name: name,
  });
}
