// Whether there is a libsluice for this machine: packages/ has it for Linux with glibc.
import { existsSync } from "node:fs";
import { arch, platform } from "node:os";
import { fileURLToPath } from "node:url";

const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
const library = fileURLToPath(new URL(`../packages/envoy-linux-${arch()}/libsluice.so`, import.meta.url));

export const runsNatively = platform() === "linux" && header.glibcVersionRuntime !== undefined && existsSync(library);
