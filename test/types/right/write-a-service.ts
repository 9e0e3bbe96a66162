/** Services of packages, and what policies do with theirs. */
import { definePolicy, type ExchangeContext, type InstanceContext } from "sluice";
import {
  type ExchangePort,
  exchangePort,
  httpCall,
  type InstancePort,
  instancePort,
  type ExchangeContext as ServiceExchangeContext,
  type InstanceContext as ServiceInstanceContext,
  type SharedData,
  Status,
  sharedData,
} from "sluice/service";
import { type Upstream, UpstreamError, upstream } from "sluice/upstream";
import { exactType } from "./exact-type.js";

function quota(context: InstanceContext, limit: number): { take(): boolean } {
  const port = instancePort(context, "quota()");
  exactType<InstancePort>()(port);
  exactType<number>()(port.limits.body);
  exactType<AbortSignal>()(port.closed);
  exactType<() => void>()(port.schedule(10, () => undefined));
  exactType<number>()(
    httpCall(port, "auth", [":method", "GET"], undefined, 5, ({ headers }) => exactType<string[]>()(headers)),
  );
  const data = sharedData(port);
  exactType<SharedData>()(sharedData(port, "in-common"));
  exactType<readonly [Uint8Array, number] | undefined>()(data.get("k"));
  return { take: () => data.set("k", new Uint8Array([limit]), 0) === Status.Ok };
}

function note(context: ExchangeContext, text: string): void {
  const port = exchangePort(context, "note()");
  exactType<ExchangePort>()(port);
  exactType<InstancePort>()(instancePort(context, "note()"));
  exactType<Uint8Array | undefined>()(port.exchange()?.getProperty([text]));
}

/** The names mean the same in both entries. */
export function same(instance: InstanceContext, exchange: ExchangeContext): void {
  exactType<ServiceInstanceContext>()(instance);
  exactType<ServiceExchangeContext>()(exchange);
}

export const policy = definePolicy({
  configure: (context) => ({ limiter: quota(context, 5), auth: upstream(context, "auth") }),

  async onRequest(_request, context) {
    context.resources.limiter.take();
    note(context, "request");
    exactType<Upstream>()(context.resources.auth);
    try {
      await context.resources.auth.fetch("/", { signal: context.signal, headers: [["a", "b"]], timeout: 5 });
    } catch (error) {
      if (error instanceof UpstreamError && error.code === "UPSTREAM_TIMEOUT") {
        exactType<string>()(error.upstream);
      }
    }
    helper(context);
  },
  onResponse(_response, context) {
    note(context, "response");
    quota(context, 5);
  },
  onDone(_exchange, context) {
    note(context, "done");
    quota(context, 5);
  },
});

/** A helper takes the whole context, of whatever policy. */
function helper(context: ExchangeContext): void {
  note(context, "helper");
}
