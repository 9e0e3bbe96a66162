/** What one worker of a test has of the things that are all workers': others go on while it uses them. */
import type { Clock } from "../host/clock.js";
import { SharedServices } from "../host/shared/shared-services.js";
import { OneStep, type Scheduler } from "./scheduler.js";

/** Lets other workers take steps before and after whatever this one does to shared data, queues and metrics. */
export function sharedByWorkers(shared: SharedServices, worker: number, scheduler: Scheduler): SharedServices {
  const meanwhile = () => {
    scheduler.meanwhile(worker);
  };
  return new SharedServices(
    withOthers(shared.data, meanwhile),
    withOthers(shared.queues, meanwhile),
    withOthers(shared.metrics, meanwhile),
  );
}

function withOthers<T extends object>(service: T, meanwhile: () => void): T {
  return new Proxy(service, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== "function") {
        return member;
      }
      return (...args: unknown[]): unknown => {
        meanwhile();
        const result: unknown = Reflect.apply(member, target, args);
        meanwhile();
        return result;
      };
    },
  });
}

/** What falls due at the same time in several workers happens in the order that is drawn, and in the middle of each other. */
export function clockOfWorker(worker: number, scheduler: Scheduler): Clock {
  const { clock, random } = scheduler;
  if (random === undefined) {
    return clock;
  }
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    schedule(milliseconds, callback) {
      const event = new OneStep(worker, callback);
      const cancel = clock.schedule(milliseconds, () => {
        scheduler.add(event);
      });
      return () => {
        event.over = true;
        cancel();
      };
    },
  };
}
