/** A run of policies as an HTTP filter of Envoy's that is a dynamic module: `libsluice`. */
import { type Json, typed } from "../json.js";

export interface NativeFilter {
  /** What `libsluice` calls the policies in the log: `<route>/<use>`. */
  rootId: string;
  /** The policies' file, as Envoy finds it. */
  path: string;
  /** `libsluice`, as Envoy finds it. */
  library: string;
  /** Filters that have it and the file in common share the policies' state. */
  vmId: string;
  /** What the policies are told. */
  configuration: string;
}

/** As `src/engine/native/config.c` reads it. What the library needs is in it: the configuration is the policies', as a module gets it. */
export function nativeFilterName({ rootId, vmId, path }: Pick<NativeFilter, "rootId" | "vmId" | "path">): string {
  return `${rootId} ${vmId} answers ${path}`;
}

export function nativeFilter({ library, configuration, ...filter }: NativeFilter): Json {
  return {
    ...dynamicModule(library, nativeFilterName(filter)),
    filter_config: typed("google.protobuf.StringValue", { value: configuration }),
  };
}

/**
 * The filter by which answers of policies are sent, which comes before all of theirs: Envoy keeps such answers from the response filters of
 * the filter that sends them.
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
