// The built gateway as a process whose memory can be asked for. Arguments: upstream URL, policies.
import { startGateway } from "sluice/gateway";

const [upstream = "", ...policies] = process.argv.slice(2);
const gateway = await startGateway({ upstream, policies });
const idle = process.memoryUsage.rss();
let peak = idle;
const sampling = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 10);
process.on("message", (message) => {
  if (message === "memory") {
    process.send?.({ idle, peak: Math.max(peak, process.memoryUsage.rss()) });
  }
  if (message === "close") {
    clearInterval(sampling);
    void gateway.close().then(() => {
      process.disconnect();
    });
  }
});
process.send?.({ port: gateway.port });
