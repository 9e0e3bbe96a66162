import { definePolicy, type ExchangeContext, type InstanceContext } from "sluice";
import { exchangePort, instancePort, Status, sharedData } from "sluice/service";
import { upstream } from "sluice/upstream";

definePolicy({
  configure(context) {
    // expect-error: Argument of type 'ConfigureContext<unknown>' is not assignable to parameter of type 'ExchangeContext'
    exchangePort(context, "note()");

    // expect-error: Expected 2 arguments, but got 1
    instancePort(context);

    const port = instancePort(context, "quota()");

    // expect-error: Property 'exchange' does not exist on type 'InstancePort'
    port.exchange();

    // expect-error: Property 'signal' does not exist on type 'InstancePort'
    port.signal.throwIfAborted();

    // expect-error: Property 'getProperty' does not exist on type 'InstanceHostcalls'
    port.host.getProperty(["request", "path"]);

    // expect-error: Property 'sendLocalResponse' does not exist on type 'InstanceHostcalls'
    port.host.sendLocalResponse(401);

    // expect-error: Argument of type 'string' is not assignable to parameter of type 'Uint8Array<ArrayBufferLike>
    sharedData(port).set("key", "value", 0);

    // expect-error: Property 'setSharedData' does not exist on type 'InstanceHostcalls'
    port.host.setSharedData("key", new Uint8Array(), 0);

    // expect-error: is missing the following properties from type 'InstancePort'
    sharedData(context);

    // expect-error: Cannot assign to 'policy' because it is a read-only property
    port.policy = "other";

    // expect-error: Argument of type 'string' is not assignable to parameter of type 'number'
    port.schedule("1s", () => undefined);

    // expect-error: Property 'Done' does not exist on type
    console.log(Status.Done);
  },

  onRequest(request, context) {
    // expect-error: but required in type 'InstanceContext'
    instancePort({ ...context }, "quota()");

    // expect-error: 'extra' does not exist in type 'ExchangeContext'
    exchangePort({ ...context, extra: 1 }, "note()");

    // expect-error: Argument of type 'unknown' is not assignable to parameter of type 'InstanceContext'
    instancePort(context.config, "quota()");

    // expect-error: is missing in type 'RequestState' but required in type 'InstanceContext'
    upstream(request, "auth");

    // expect-error: Expected 2 arguments, but got 1
    upstream("auth");

    // expect-error: Argument of type 'string' is not assignable to parameter of type 'InstanceContext'
    upstream("auth", "/check");

    // expect-error: Argument of type 'undefined' is not assignable to parameter of type 'string'
    upstream(context, undefined);

    // expect-error: Object is possibly 'undefined'
    exchangePort(context, "note()").exchange().getProperty(["a"]);
  },
});

// A port is not to be had by a name.
function grab(context: InstanceContext, other: ExchangeContext): void {
  // expect-error: Property 'servicePort' does not exist on type 'InstanceContext'
  console.log(context.servicePort);

  // expect-error: Property 'port' does not exist on type 'ExchangeContext'
  console.log(other.port);

  // expect-error: Argument of type 'InstanceContext' is not assignable to parameter of type 'ExchangeContext'
  exchangePort(context, "note()");
}

grab satisfies unknown;
