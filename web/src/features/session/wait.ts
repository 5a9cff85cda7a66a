/** Requests that somebody waits for: how many go on, how many there were, and since when. */
export interface Wait {
  going: number;
  asked: number;
  since: number;
}

export const NO_WAIT: Wait = { going: 0, asked: 0, since: 0 };

/** The wait when so many requests go on; it ends with the last answer. */
export function continued(wait: Wait, going: number, now: number): Wait {
  if (going === 0) {
    return NO_WAIT;
  }
  if (wait.going === 0) {
    return { going, asked: going, since: now };
  }
  return { ...wait, going, asked: wait.asked + Math.max(0, going - wait.going) };
}
