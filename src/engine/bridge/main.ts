/** The bridge's exports: the entry file of its compilation. `callbacks.ts` is made by `src/engine/bridge-source.ts`. */
export * from "./state";
export { proxy_abi_version_0_2_1, proxy_on_memory_allocate } from "./events";
export * from "./callbacks";
export * from "./build-time";
