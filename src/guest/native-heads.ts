/** What the guest shows an engine that has faster functions for the heads of messages and filters' contexts; see `HeadClasses`. */
import type { EngineServices, Hostcalls } from "../abi/port.js";
import { Headers } from "../policy/headers.js";
import { RequestState } from "../policy/request-states.js";
import { ResponseState } from "../policy/response-states.js";
import { ExchangeContext } from "./exchange-context.js";
import { GuestMessage } from "./guest-message.js";
import { closedBits, consumedBit, endedBit, headBit, headOutBit, responseBit, touchedBits } from "./message-bits.js";
import { MessageHead } from "./message-head.js";

/** To be called once in a module. `exchange`: the prototype that all its exchanges have. */
export function quickenHeads(services: EngineServices, host: Hostcalls, exchange: object): void {
  services.quickenHeads?.({
    headers: Headers.prototype,
    request: RequestState.prototype,
    response: ResponseState.prototype,
    message: GuestMessage.prototype,
    head: MessageHead.prototype,
    exchange,
    context: ExchangeContext.prototype,
    host,
    closedBits,
    touchedBits,
    consumedBits: consumedBit | endedBit,
    headBit,
    headOutBit,
    responseBit,
  });
}
