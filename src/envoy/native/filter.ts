/** A run of policies as an HTTP filter of Envoy's that is a dynamic module: `libsluice`. */
import { type Json, typed } from "../json.js";

export interface NativeFilter {
  /** What `libsluice` calls the policies in the log: `<route>/<use>`. */
  rootId: string;
  /** The policies' file, as Envoy finds it. */
  path: string;
  /** Filters that have it and the file in common share the policies' state. */
  vmId: string;
  /** What the policies are told. */
  configuration: string;
}

/** Envoy looks for `lib<name>.so`. */
const moduleName = "sluice";

/** As `src/engine/native/config.c` reads it. */
export function nativeFilter({ rootId, path, vmId, configuration }: NativeFilter): Json {
  return {
    ...dynamicModule(rootId),
    filter_config: typed("google.protobuf.StringValue", { value: `${path}\n${vmId}\nanswers\n${configuration}` }),
  };
}

/**
 * The filter by which answers of policies are sent, which comes before all of theirs: Envoy keeps such answers from the response filters of
 * the filter that sends them.
 */
export function answeringFilter(): Json {
  return { name: answeringName, disabled: true, typed_config: dynamicModule("answers") };
}

export const answeringName = "sluice.answers";

function dynamicModule(name: string): Json {
  return typed("envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter", {
    // Its threads, and what policies share, outlive a configuration.
    dynamic_module_config: { name: moduleName, do_not_close: true },
    filter_name: name,
  });
}

/** The name of the library in the folder that Envoy is told of by {@link modulesVariable}. */
export const libraryName = `lib${moduleName}.so`;

/** The variable of Envoy's environment with the folder of dynamic modules. */
export const modulesVariable = "ENVOY_DYNAMIC_MODULES_SEARCH_PATH";
