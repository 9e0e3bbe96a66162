/** Stands in for `sluice/upstream`: nobody is asked, and a path that says so fails. */
import type { InstanceContext } from "sluice";
import { upstream as real, type Upstream, UpstreamError } from "sluice/upstream";

export { UpstreamError } from "sluice/upstream";

export function upstream(context: InstanceContext, name: string): Upstream {
  return {
    async fetch(path = "/") {
      if (path === "/real") {
        return await real(context, name).fetch(path);
      }
      if (path === "/down") {
        throw new UpstreamError("UPSTREAM_UNREACHABLE", name, "the fake says so");
      }
      const reply: Partial<Awaited<ReturnType<Upstream["fetch"]>>> = { status: 299 };
      return reply as Awaited<ReturnType<Upstream["fetch"]>>;
    },
  };
}
