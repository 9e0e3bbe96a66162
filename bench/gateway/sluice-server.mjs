// The embedded gateway with the require-token policy so many times. Arguments: port, upstream URL, number of policies.
import { startGateway } from "sluice/gateway";

const [port = "", upstream = "", policies = ""] = process.argv.slice(2);
const policy = new URL("../../examples/stop-request/policy.ts", import.meta.url).pathname;
await startGateway({ upstream, port: Number(port), policies: new Array(Number(policies)).fill(policy) });
