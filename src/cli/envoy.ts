/** `sluice envoy gateway.yaml -o folder` */
import { basename, join, posix, resolve } from "node:path";
import { stopCompiler } from "../compiler/bundle.js";
import type { GatewayConfig } from "../config/types.js";
import { envoyBootstrap } from "../envoy/bootstrap.js";
import { defaultCaFile } from "../envoy/ca-file.js";
import type { PolicyModules } from "../envoy/compile-modules.js";
import { isResourceName } from "../envoy/kubernetes-names.js";
import { type IstioKind, type ManifestSystem, manifests } from "../envoy/manifests.js";
import { nativeManifests } from "../envoy/native/manifests.js";
import { sharedPolicies } from "../envoy/policy-runs.js";
import { type WriteOptions, writeConfiguration } from "../envoy/write-configuration.js";
import { SluiceError } from "../errors.js";
import { shownPath } from "../source-frame.js";
import { useBaselineCompiler } from "./baseline-wasm.js";
import { envoyWarnings, manifestWarnings } from "./envoy-differences.js";
import { warningPlace } from "./file-warnings.js";
import { loadGateway } from "./load-gateway.js";
import { libraryFor, type TargetArguments } from "./targets.js";

const defaultGateway = "gateway";

/** As they stand on the command line. */
export interface EnvoyArguments extends TargetArguments {
  output: string;
  modulePath?: string;
  ca?: string;
  for?: ManifestSystem;
  modules?: string;
  gateway?: string;
  kind?: IstioKind;
}

/** Writes the folder. What Envoy, or what runs it, does differently is told on standard error, and in the file. */
export async function envoy(file: string, options: EnvoyArguments): Promise<void> {
  useBaselineCompiler();
  const { for: system } = options;
  const library = await libraryFor(options);
  const modulesUrl = system === undefined ? undefined : checkedPlace(system, options);
  if (system === undefined) {
    refuseManifestOptions(options);
  }
  const gateway = await loadGateway(file);
  const shared = sharedPolicies(gateway.config);
  const warnings =
    system === undefined
      ? envoyWarnings(file, gateway, library === undefined ? "somebody" : "somebody, natively")
      : manifestWarnings(file, gateway, system, shared, options.gateway ?? defaultGateway);
  const written = await writeConfiguration(gateway.config, {
    folder: resolve(options.output),
    modules: { shared, library },
    remarks: warnings.map(({ line, key, message }) => `line ${line}, ${key}: ${message}`),
    ...(system === undefined || modulesUrl === undefined
      ? bootstrap(gateway.config, options)
      : {
          name: `${system}.yaml`,
          documents: (modules) =>
            library === undefined
              ? manifests(system, gateway.config, modules, {
                  modulesUrl,
                  gateway: options.gateway ?? defaultGateway,
                  istioKind: options.kind ?? "WasmPlugin",
                })
              : Promise.resolve(
                  nativeManifests(system, gateway.config, placed(modules, modulesUrl), {
                    gateway: options.gateway ?? defaultGateway,
                  }),
                ),
        }),
  });
  await stopCompiler();

  for (const warning of warnings) {
    console.error(`${warningPlace(file, warning)} ${warning.key}\n  warning: ${warning.message}`);
  }
  console.log(`sluice wrote ${shownPath(written.file)}`);
}

function bootstrap(
  config: GatewayConfig,
  { output, modulePath, ca }: EnvoyArguments,
): Pick<WriteOptions, "name" | "documents"> {
  const folder = modulePath ?? join(resolve(output), "modules");
  return {
    name: "envoy.yaml",
    documents: (modules) =>
      Promise.resolve([
        envoyBootstrap(config, {
          modules: placed(modules, folder),
          caFile: ca ?? defaultCaFile,
        }),
      ]),
  };
}

/** As they will lie in `folder`. */
function placed(modules: PolicyModules, folder: string): PolicyModules {
  const there = (path: string): string => join(folder, basename(path));
  return new Map(
    [...modules].map(([policy, { path, library, ...module }]) => [
      policy,
      { ...module, path: there(path), ...(library !== undefined && { library: there(library) }) },
    ]),
  );
}

/** Where the modules can be had from, or are in the proxies' file system; without a slash at the end. */
function checkedPlace(system: ManifestSystem, options: EnvoyArguments): string {
  const { modules, modulePath, ca, gateway, kind, target } = options;
  if (target === "envoy-native") {
    return checkedFolder(system, options);
  }
  if (modulePath !== undefined || ca !== undefined) {
    throw new SluiceError(
      "USAGE",
      `--module-path and --ca are for a configuration that Envoy starts from: leave them out with --for ${system}.`,
    );
  }
  checkGateway(system, gateway);
  if (system === "envoy-gateway" && kind !== undefined) {
    throw new SluiceError("USAGE", "--kind is an option of --for istio: for Envoy Gateway there is one kind.");
  }
  const schemes = system === "istio" ? ["https", "http", "oci", "file"] : ["https", "http", "oci"];
  const expected = `expected where the folder modules/ can be had from, a URL with ${schemes.join("://, ")}://`;
  if (modules === undefined) {
    throw new SluiceError("USAGE", `--for ${system} needs --modules <url>: ${expected}.`);
  }
  const url = URL.canParse(modules) ? new URL(modules) : undefined;
  if (url === undefined || !schemes.includes(url.protocol.slice(0, -1)) || url.search !== "" || url.hash !== "") {
    throw new SluiceError("USAGE", `--modules: ${expected}, got ${JSON.stringify(modules)}.`);
  }
  return modules.replace(/\/+$/, "");
}

/** Neither system brings files along for dynamic modules. */
function checkedFolder(system: ManifestSystem, { modules, modulePath, ca, gateway, kind }: EnvoyArguments): string {
  if (modules !== undefined || ca !== undefined || kind !== undefined) {
    throw new SluiceError(
      "USAGE",
      `--modules, --ca and --kind are not for --target envoy-native with --for ${system}: leave them out.`,
    );
  }
  checkGateway(system, gateway);
  if (modulePath === undefined || !posix.isAbsolute(modulePath) || modulePath.includes(" ")) {
    throw new SluiceError(
      "USAGE",
      `--for ${system} with --target envoy-native needs --module-path <folder>: expected where the folder modules/ is in the proxies' containers, an absolute path, got ${JSON.stringify(modulePath)}.`,
    );
  }
  return modulePath.replace(/\/+$/, "");
}

function checkGateway(system: ManifestSystem, gateway: string | undefined): void {
  if (system === "envoy-gateway" && gateway !== undefined) {
    throw new SluiceError(
      "USAGE",
      "--gateway is an option of --for istio: for Envoy Gateway policies belong to HTTPRoutes, which have the names of the file's routes.",
    );
  }
  if (gateway !== undefined && !isResourceName(gateway)) {
    throw new SluiceError(
      "USAGE",
      `--gateway: expected the name of a Gateway in Kubernetes: lower case letters, digits, "-" and ".", got ${JSON.stringify(gateway)}.`,
    );
  }
}

function refuseManifestOptions({ modules, gateway, kind }: EnvoyArguments): void {
  if (modules === undefined && gateway === undefined && kind === undefined) {
    return;
  }
  throw new SluiceError(
    "USAGE",
    "--modules, --gateway and --kind are options of --for: give that, too, or leave them out.",
  );
}
