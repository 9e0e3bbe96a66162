/** A request that waits to be admitted. */
import { KitPromise } from "../../policy/kit-promise.js";
import type { ExchangePort, InstancePort } from "../../policy/service.js";
import type { Admission } from "./admission.js";

export class Held {
  readonly promise: KitPromise<Admission>;
  readonly exchange: ExchangePort;
  private readonly since: number;
  private readonly end: () => void;

  /**
   * @param port whose timers wake it: those of the use
   * @param milliseconds after which `onTime` runs, unless it was settled or given up before
   * @param onGivenUp runs when its filter is ended, mostly because the client has left
   */
  constructor(
    port: InstancePort,
    exchange: ExchangePort,
    milliseconds: number,
    onTime: () => void,
    onGivenUp: () => void,
  ) {
    this.promise = new KitPromise();
    this.exchange = exchange;
    this.since = port.now();
    const { signal } = exchange;
    const onAbort = (): void => {
      this.end();
      onGivenUp();
      // Whoever aborts goes on first, as on the web, and a filter that is ended by it is not told.
      void Promise.resolve().then(() => {
        this.promise.reject(signal.reason);
      });
    };
    const cancel = port.schedule(milliseconds, onTime);
    signal.addEventListener("abort", onAbort, { once: true });
    this.end = () => {
      cancel();
      signal.removeEventListener("abort", onAbort);
    };
  }

  admit(now: number): void {
    this.settle({ admitted: true, waited: now - this.since });
  }

  settle(admission: Admission): void {
    this.end();
    this.promise.resolve(admission);
  }
}
