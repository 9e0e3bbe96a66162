/**
 * When a hostcall takes effect.
 *
 * A turn is whatever the host does on one occasion: a request arrives, a chunk, a timer. Guests run only inside turns or,
 * natively, in promise jobs between them. What a guest asks for (continue, answer, close) is done when the turn or the job
 * is over, as proxy-wasm hosts do it: the host never calls into a guest that is running.
 *
 * JavaScript has one stack, so its turn is the state of this module.
 */
let depth = 0;
let scheduled = false;
let actions: (() => void)[] = [];

/** Begins a turn, or goes deeper into the one that runs. Pair it with `endTurn` in a `finally`. */
export function beginTurn(): void {
  depth++;
}

/** Ends a turn; the outermost one first does what was asked for meanwhile. */
export function endTurn(): void {
  if (depth === 1 && actions.length > 0) {
    runActions();
  }
  depth--;
}

/** Runs `action` when the current turn ends or, outside a turn, when the current promise job has ended. */
export function afterTurn(action: () => void): void {
  actions.push(action);
  if (depth === 0 && !scheduled) {
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      beginTurn();
      endTurn();
    });
  }
}

/**
 * Runs turns of another worker while a guest of this one is inside a hostcall. Workers have a thread each, so what is asked for there is done
 * when those turns end, and nothing of what this one has asked for.
 */
export function onAnotherWorker(run: () => void): void {
  const outer = { depth, actions };
  depth = 0;
  actions = [];
  try {
    run();
    beginTurn();
    endTurn();
  } finally {
    ({ depth, actions } = outer);
  }
}

function runActions(): void {
  // An action may ask for more; the list grows while it is walked. Actions handle their own errors.
  for (let index = 0; index < actions.length; index++) {
    actions[index]?.();
  }
  actions.length = 0;
}
