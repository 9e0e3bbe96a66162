/** The bridge's exports: the entry file of its compilation. */
export * from "./state";
export * from "./events";
export * from "./build-time";
export * from "./quickjs-imports";
