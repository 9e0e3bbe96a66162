/** Numbers by which engines tell the uses of policies apart that share a module: how long their code runs, and what it keeps. */
import { engineUsers } from "../abi/port.js";

/** Of all uses for which there is no other number left. */
const shared = engineUsers - 1;

export class Users {
  private readonly taken = new Set<number>();
  private longest = 0;

  take(): number {
    for (let user = 1; user < shared; user++) {
      if (!this.taken.has(user)) {
        this.taken.add(user);
        return user;
      }
    }
    return shared;
  }

  /** How long code of that number may run that is given so many milliseconds: of all that share one, the longest that any has had. */
  limitOf(user: number, milliseconds: number): number {
    return user === shared ? (this.longest = Math.max(this.longest, milliseconds)) : milliseconds;
  }

  giveBack(user: number): void {
    this.taken.delete(user);
  }
}
