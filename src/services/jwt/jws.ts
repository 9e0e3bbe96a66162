/** What the engine does for signed tokens. */
import type { JwsFunctions } from "../../abi/port.js";
import type { InstancePort, PortInstance } from "../../policy/service-port.js";

/** Every engine that runs policies has them. */
export function jwsFunctions(port: InstancePort): JwsFunctions {
  return (port as InstancePort & { readonly instance: PortInstance }).instance.access.services.jwsFunctions!;
}
