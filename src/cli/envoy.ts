/** `sluice envoy gateway.yaml -o folder` */
import { basename, join, resolve } from "node:path";
import { stopCompiler } from "../compiler/bundle.js";
import type { GatewayConfig } from "../config/types.js";
import { envoyBootstrap } from "../envoy/bootstrap.js";
import { defaultCaFile } from "../envoy/ca-file.js";
import { isResourceName } from "../envoy/kubernetes-names.js";
import { type IstioKind, type ManifestSystem, manifests } from "../envoy/manifests.js";
import { sharedPolicies } from "../envoy/policy-runs.js";
import { type WriteOptions, writeConfiguration } from "../envoy/write-configuration.js";
import { SluiceError } from "../errors.js";
import { shownPath } from "../source-frame.js";
import { envoyWarnings, manifestWarnings } from "./envoy-differences.js";
import { warningPlace } from "./file-warnings.js";
import { loadGateway } from "./load-gateway.js";

const defaultGateway = "gateway";

/** As they stand on the command line. */
export interface EnvoyArguments {
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
  const { for: system } = options;
  const modulesUrl = system === undefined ? undefined : checkedUrl(system, options);
  if (system === undefined) {
    refuseManifestOptions(options);
  }
  const gateway = await loadGateway(file);
  const shared = sharedPolicies(gateway.config);
  const warnings =
    system === undefined
      ? envoyWarnings(file, gateway, "somebody")
      : manifestWarnings(file, gateway, system, shared, options.gateway ?? defaultGateway);
  const written = await writeConfiguration(gateway.config, {
    folder: resolve(options.output),
    shared,
    remarks: warnings.map(({ line, key, message }) => `line ${line}, ${key}: ${message}`),
    ...(system === undefined || modulesUrl === undefined
      ? bootstrap(gateway.config, options)
      : {
          name: `${system}.yaml`,
          documents: (modules) =>
            manifests(system, gateway.config, modules, {
              modulesUrl,
              gateway: options.gateway ?? defaultGateway,
              istioKind: options.kind ?? "WasmPlugin",
            }),
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
          modules: new Map(
            [...modules].map(([policy, module]) => [policy, { ...module, path: join(folder, basename(module.path)) }]),
          ),
          caFile: ca ?? defaultCaFile,
        }),
      ]),
  };
}

/** Where the modules can be had from, without a slash at the end. */
function checkedUrl(system: ManifestSystem, { modules, modulePath, ca, gateway, kind }: EnvoyArguments): string {
  if (modulePath !== undefined || ca !== undefined) {
    throw new SluiceError(
      "USAGE",
      `--module-path and --ca are for a configuration that Envoy starts from: leave them out with --for ${system}.`,
    );
  }
  if (system === "envoy-gateway" && gateway !== undefined) {
    throw new SluiceError(
      "USAGE",
      "--gateway is an option of --for istio: for Envoy Gateway policies belong to HTTPRoutes, which have the names of the file's routes.",
    );
  }
  if (system === "envoy-gateway" && kind !== undefined) {
    throw new SluiceError("USAGE", "--kind is an option of --for istio: for Envoy Gateway there is one kind.");
  }
  if (gateway !== undefined && !isResourceName(gateway)) {
    throw new SluiceError(
      "USAGE",
      `--gateway: expected the name of a Gateway in Kubernetes: lower case letters, digits, "-" and ".", got ${JSON.stringify(gateway)}.`,
    );
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

function refuseManifestOptions({ modules, gateway, kind }: EnvoyArguments): void {
  if (modules === undefined && gateway === undefined && kind === undefined) {
    return;
  }
  throw new SluiceError(
    "USAGE",
    "--modules, --gateway and --kind are options of --for: give that, too, or leave them out.",
  );
}
