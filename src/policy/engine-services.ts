/** What the engine does for services. */
import type { EngineServices } from "../abi/port.js";
import type { InstancePort, PortInstance } from "./service-port.js";

/** Every engine that runs policies has `jwsFunctions` and `findFresh`. */
export function engineServices(port: InstancePort): EngineServices {
  return (port as InstancePort & { readonly instance: PortInstance }).instance.access.services;
}
