/** Workers of a process for tests of services: what they share, a clock, and workers that trap or stand still. */
import { SharedData as HostData } from "../../src/host/shared/shared-data.js";
import type { ConfigureContext } from "../../src/policy/context.js";
import { servicePort } from "../../src/policy/service-port.js";
import { VirtualClock } from "../../src/testing/virtual-clock.js";

/** A process: what its workers share, and a clock that stands still. */
export class Process {
  readonly data = new HostData();
  readonly clock = new VirtualClock();
  readonly warnings: string[] = [];
  /** Called at each hostcall of a worker, before it acts. */
  meanwhile: () => void = () => undefined;

  /** Lets time pass, and everything happen that falls due in it. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.clock.now() + milliseconds;
    do {
      await settled();
    } while (this.clock.advanceToNext(end));
    this.clock.set(end);
    await settled();
  }
}

export class Worker {
  readonly context: ConfigureContext<unknown>;
  readonly closing = new AbortController();
  /** Nothing of it runs any more. */
  trapped = false;
  /** Nothing of it runs until then. */
  stalledUntil = 0;
  private readonly process: Process;

  constructor(process: Process) {
    this.process = process;
    const hostcall = <Result>(call: () => Result): Result => {
      this.runs();
      process.meanwhile();
      this.runs();
      return call();
    };
    const port = {
      instance: {
        access: {
          calls: {
            getSharedData: (key: string) => hostcall(() => process.data.get("", key)),
            setSharedData: (key: string, value: Uint8Array, cas: number) =>
              hostcall(() => process.data.set("", key, value, cas)),
          },
        },
        settings: { name: "use", route: "route" },
      },
      logger: {
        warn: (line: string) => process.warnings.push(line),
        error: (line: string) => process.warnings.push(line),
      },
      run: (code: () => unknown) => code(),
      closed: this.closing.signal,
      schedule: (milliseconds: number, run: () => void) => this.schedule(milliseconds, run),
      now: () => process.clock.now(),
    };
    this.context = { [servicePort]: port } as unknown as ConfigureContext<unknown>;
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.schedule(milliseconds, resolve);
    });
  }

  schedule(milliseconds: number, run: () => void): () => void {
    const { clock } = this.process;
    let cancel = clock.schedule(milliseconds, () => {
      const stalled = this.stalledUntil - clock.now();
      if (stalled > 0) {
        cancel = this.schedule(stalled, run);
      } else if (!this.trapped) {
        run();
      }
    });
    return () => {
      cancel();
    };
  }

  private runs(): void {
    if (this.trapped) {
      throw new Error("trapped");
    }
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
