/** One piece of work that is done again and again in a worker. */
import { SluiceError } from "../../errors.js";
import type { InstancePort } from "../../policy/service.js";
import { messageOf } from "../../thrown.js";

export interface JobTimes {
  /** Milliseconds, as all of these. */
  readonly period: number;
  readonly jitter: number;
  readonly timeout: number;
  readonly immediately: boolean;
}

export type Work = (signal: AbortSignal, fence: number | undefined) => unknown;

/** What the workers have in common of work that one of them does at a time. */
export interface SharedTurn {
  dueAt(times: JobTimes): number;
  run(times: JobTimes, signal: AbortSignal, work: Work): Promise<void>;
}

/** Milliseconds: where a run is due it is looked at again whether somebody has begun it. */
const lookAgain = 1_000;

export class Job {
  private readonly port: InstancePort;
  private readonly times: JobTimes;
  private readonly work: Work;
  private readonly turn: SharedTurn | undefined;
  /** Of the run that has begun and not ended. */
  private run: AbortController | undefined;
  private due: number;
  private cancelTimer: () => void = () => undefined;

  constructor(port: InstancePort, times: JobTimes, work: Work, turn: SharedTurn | undefined) {
    this.port = port;
    this.times = times;
    this.work = work;
    this.turn = turn;
    this.due = turn?.dueAt(times) ?? port.now() + (times.immediately ? 0 : times.period);
  }

  start(): void {
    const { closed } = this.port;
    if (closed.aborted) {
      return;
    }
    closed.addEventListener("abort", () => {
      this.cancelTimer();
      this.run?.abort(closed.reason);
    });
    this.wakeAt(this.due + (this.turn === undefined && !this.times.immediately ? this.jitter() : 0));
  }

  private onTimer(): void {
    const { turn, times } = this;
    const now = this.port.now();
    // The next time is set first: the code that follows may be ended by force.
    if (turn === undefined) {
      // Those that were missed are not made up for.
      this.due = this.due + times.period > now ? this.due + times.period : now + times.period;
      this.wakeAt(this.due + this.jitter());
    } else {
      this.wakeAt(now + Math.min(times.period, lookAgain));
      try {
        this.due = turn.dueAt(times);
      } catch (error) {
        this.failed(error);
        return;
      }
      if (this.due > now) {
        this.wakeAt(this.due);
        return;
      }
    }
    if (this.run === undefined) {
      this.begin();
    }
  }

  private begin(): void {
    const run = new AbortController();
    this.run = run;
    const cancelTimeout = this.port.schedule(this.times.timeout, () => {
      this.run = undefined;
      const error = new SluiceError("SCHEDULE_TIMEOUT", `every(): the work took longer than ${this.times.timeout} ms.`);
      this.port.logger.error(`SCHEDULE_TIMEOUT: ${error.message}`);
      run.abort(error);
    });
    this.port.run(() => {
      void this.runs(run.signal).then(() => {
        cancelTimeout();
        if (this.run === run) {
          this.run = undefined;
        }
      });
    });
  }

  private async runs(signal: AbortSignal): Promise<void> {
    const { work, turn, times } = this;
    try {
      await (turn === undefined ? work(signal, undefined) : turn.run(times, signal, work));
    } catch (error) {
      // What ends because it was told to is no failure.
      if (!signal.aborted) {
        this.failed(error);
      }
    }
  }

  private failed(error: unknown): void {
    this.port.logger.error(`SCHEDULE_FAILED: every(): the work failed: ${messageOf(error)}`, { error });
  }

  private jitter(): number {
    return Math.random() * this.times.jitter;
  }

  private wakeAt(time: number): void {
    this.cancelTimer();
    this.cancelTimer = this.port.schedule(time - this.port.now(), () => {
      this.onTimer();
    });
  }
}
