// Loaded into a gateway's process before the gateway: answers what its memory is after a collection of garbage.
process.on("message", () => {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  process.send?.({ rss, heapUsed });
});
process.channel?.unref();
