// What scripts for Envoy use of the build.

/** @param {string} path */
const built = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href);

export const { startEnvoy } = /** @type {typeof import("../../src/envoy/run-envoy.js")} */ (
  await built("envoy/run-envoy.js")
);
export const { envoyBootstrap } = /** @type {typeof import("../../src/envoy/bootstrap.js")} */ (
  await built("envoy/bootstrap.js")
);
export const { installEnvoy } = /** @type {typeof import("../../src/envoy/install-envoy.js")} */ (
  await built("envoy/install-envoy.js")
);
export const { compileModules } = /** @type {typeof import("../../src/envoy/compile-modules.js")} */ (
  await built("envoy/compile-modules.js")
);
export const { sharedPolicies } = /** @type {typeof import("../../src/envoy/policy-runs.js")} */ (
  await built("envoy/policy-runs.js")
);
export const { singleRouteConfig } = /** @type {typeof import("../../src/gateway/single-route.js")} */ (
  await built("gateway/single-route.js")
);
