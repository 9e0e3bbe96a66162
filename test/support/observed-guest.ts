/** What an engine learns of a guest, and an engine that ends code which runs too long. */
import type { GuestEvents, PolicyBundle } from "../../src/abi/port.js";
import type { OwnJobs } from "./strict-host.js";

/** What guests asked of their engine. */
export interface Observations {
  /** The exchanges that stay, by the ids of their contexts. */
  kept: number[];
  /** Those of which no more events are wanted. */
  forgotten: number[];
  limits: (readonly [callbackMilliseconds: number, memoryBytes: number])[];
  /** What guests answered to the events of exchanges, in order: `onRequestBody 1`. */
  answers: string[];
  /** The exchange whose code runs; 0: none's. */
  codeOf: number;
}

/** The same bundle; what its guest asks of the engine is noted. */
export function observed(bundle: PolicyBundle, asked: Observations): PolicyBundle {
  return {
    checkConfig: bundle.checkConfig,
    createGuest: (host, services) =>
      answersNoted(
        bundle.createGuest(host, {
          ...services,
          keep: (id) => {
            asked.kept.push(id);
          },
          forget: (id) => {
            asked.forgotten.push(id);
          },
          running: (id) => {
            asked.codeOf = id;
          },
          setLimits: (...limits) => {
            asked.limits.push(limits);
          },
        }),
        asked.answers,
      ),
  };
}

const ofMessages: readonly (keyof GuestEvents)[] = [
  "onRequestHeaders",
  "onRequestBody",
  "onRequestTrailers",
  "onResponseHeaders",
  "onResponseBody",
  "onResponseTrailers",
];
const ofStreams: readonly (keyof GuestEvents)[] = [...ofMessages, "onLog"];

function answersNoted(guest: GuestEvents, answers: string[]): GuestEvents {
  return new Proxy(guest, {
    get: (target, name: keyof GuestEvents) => {
      const event = target[name] as ((...args: unknown[]) => unknown) | undefined;
      if (event === undefined || !ofMessages.includes(name)) {
        return event?.bind(target);
      }
      return (...args: unknown[]): unknown => {
        const answer = event.apply(target, args);
        answers.push(`${name} ${String(answer)}`);
        return answer;
      };
    },
  });
}

/** The same bundle; an event whose code runs too long is ended, answered 1 (stop), and reported to the guest. */
export function cuttingOff(bundle: PolicyBundle, own: OwnJobs, asked: Observations): PolicyBundle {
  return {
    checkConfig: bundle.checkConfig,
    createGuest: (host, services) => {
      const guest = bundle.createGuest(host, services);
      return new Proxy(guest, {
        get: (target, name: keyof GuestEvents) => {
          const event = target[name] as ((...args: number[]) => unknown) | undefined;
          if (event === undefined) {
            return undefined;
          }
          return (...args: number[]): unknown => {
            asked.codeOf = ofStreams.includes(name) ? (args[0] as number) : 0;
            let answer: unknown;
            // Promise jobs run when the event has been answered, and within the limit.
            const inTime = own.withinLimit(() => {
              answer = event.apply(target, args) ?? 0;
            });
            if (inTime) {
              return answer;
            }
            guest.onCutOff?.(asked.codeOf, "where it was", answer === undefined);
            return asked.codeOf === args[0] ? 1 : (answer ?? 1);
          };
        },
      });
    },
  };
}
