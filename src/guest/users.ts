/** Numbers by which engines tell the uses of policies apart that share a module: how long their code runs, and what it keeps. */
import { engineUsers } from "../abi/port.js";

/** Of all uses for which there is no other number left. */
const shared = engineUsers - 1;

export class Users {
  private readonly taken = new Set<number>();

  take(): number {
    for (let user = 1; user < shared; user++) {
      if (!this.taken.has(user)) {
        this.taken.add(user);
        return user;
      }
    }
    return shared;
  }

  giveBack(user: number): void {
    this.taken.delete(user);
  }
}
