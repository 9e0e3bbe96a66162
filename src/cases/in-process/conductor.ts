/** Makes a gateway of a test go on: one thing happens after the other, and time passes only when nothing else can happen. */
import type { TestGateway } from "../../testing/index.js";

/** A side of an exchange that acts by itself. */
export interface Actor {
  /** Does the next thing, if it can be done now. false: it cannot. */
  step(): Promise<boolean>;
  /** It will do nothing more. */
  readonly over: boolean;
  /** When it goes on by itself, in milliseconds since the epoch; undefined where it waits for others. */
  readonly due: number | undefined;
}

/** Somebody for whom time may pass. */
interface Waiting {
  condition: () => boolean;
  what: string;
  /** When it goes on, as for an actor. */
  due: number | undefined;
  /** When it is given up. */
  until: number;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** No wait inside an exchange is longer; a policy's ticks would go on for ever. */
const limitMilliseconds = 3_600_000;

export class Conductor {
  readonly gateway: TestGateway;
  /** Makes actors of what has come to the upstreams. */
  readonly #arrive: () => Promise<readonly Actor[]>;
  #actors: Actor[] = [];
  #waiting: Waiting[] = [];
  #running = false;
  #underWay: Promise<boolean> | undefined;

  constructor(gateway: TestGateway, arrive: () => Promise<readonly Actor[]>) {
    this.gateway = gateway;
    this.#arrive = arrive;
  }

  get now(): number {
    return this.gateway.clock.now();
  }

  add(actor: Actor): void {
    this.#actors.push(actor);
  }

  /** @throws Error when nothing can happen any more and the condition does not hold: something hangs. */
  runUntil(condition: () => boolean, what: string, due?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ condition, what, due, until: (due ?? this.now) + limitMilliseconds, resolve, reject });
      if (!this.#running) {
        void this.#run();
      }
    });
  }

  /** Lets so much time pass, and everything happen that falls due in it. */
  advance(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    return this.runUntil(() => this.now >= end, `${milliseconds} ms`, end);
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    while (await this.#round()) {
      // As far as it goes.
    }
  }

  /** One for all who wait: else each would move the others' clock. */
  async #run(): Promise<void> {
    this.#running = true;
    try {
      for (;;) {
        const moved = await this.#round();
        this.#end(
          ({ condition }) => condition(),
          ({ resolve }) => {
            resolve();
          },
        );
        if (this.#waiting.length === 0) {
          break;
        }
        if (moved) {
          continue;
        }
        const due = this.#due();
        if (due !== undefined) {
          await this.gateway.clock.advance(Math.max(0, due - this.now));
        }
        this.#end(
          ({ until }) => due === undefined || until < due,
          ({ what, reject }) => {
            reject(new Error(`${what}: nothing happens any more`));
          },
        );
      }
    } catch (error) {
      this.#end(
        () => true,
        ({ reject }) => {
          reject(error);
        },
      );
    } finally {
      this.#running = false;
    }
  }

  #end(which: (waiting: Waiting) => boolean, how: (waiting: Waiting) => void): void {
    const ended = this.#waiting.filter(which);
    this.#waiting = this.#waiting.filter((waiting) => !ended.includes(waiting));
    for (const waiting of ended) {
      how(waiting);
    }
  }

  /** When something happens next. */
  #due(): number | undefined {
    const dues = [
      this.gateway.clock.due,
      ...this.#actors.map(({ due }) => due),
      ...this.#waiting.map(({ due }) => due),
    ].filter((due) => due !== undefined);
    return dues.length === 0 ? undefined : Math.min(...dues);
  }

  /** Everybody's next step. Who asks while a round is under way gets its outcome: no actor takes two steps at once. */
  #round(): Promise<boolean> {
    this.#underWay ??= this.#stepAll().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #stepAll(): Promise<boolean> {
    await this.gateway.clock.advance(0);
    const arrived = await this.#arrive();
    this.#actors.push(...arrived);
    let moved = arrived.length > 0;
    for (const actor of [...this.#actors]) {
      if (!actor.over && (await actor.step())) {
        moved = true;
      }
    }
    this.#actors = this.#actors.filter(({ over }) => !over);
    return moved;
  }
}
