/** Seconds as the two largest units that say something: `2 h 14 m`, `3 m 20 s`, `8 s`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor((whole % 86_400) / 3_600);
  const minutes = Math.floor((whole % 3_600) / 60);
  if (days > 0) {
    return `${days} d ${hours} h`;
  }
  if (hours > 0) {
    return `${hours} h ${minutes} m`;
  }
  return minutes > 0 ? `${minutes} m ${whole % 60} s` : `${whole} s`;
}

/** How long ago something was: `just now`, `4 m ago`, `3 d ago`. */
export function formatAgo(instant: string, now: number): string {
  const seconds = (now - Date.parse(instant)) / 1000;
  if (seconds < 20) {
    return "just now";
  }
  if (seconds < 60) {
    return `${Math.round(seconds)} s ago`;
  }
  if (seconds < 3_600) {
    return `${Math.floor(seconds / 60)} m ago`;
  }
  return seconds < 86_400
    ? `${Math.floor(seconds / 3_600)} h ago`
    : `${Math.floor(seconds / 86_400)} d ago`;
}

/** Made once: a formatter takes a hundred times as long to make as to use. */
const MOMENT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

const CLOCK = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** The time of the day where the reader is: `14:03:20`. */
export function formatClock(instant: string): string {
  return CLOCK.format(new Date(instant));
}

export function formatInstant(instant: string): string {
  return MOMENT.format(new Date(instant));
}

/** Seconds between two instants; up to now where the second has not come yet. */
export function secondsBetween(from: string, until: string | null | undefined, now: number) {
  return ((until ? Date.parse(until) : now) - Date.parse(from)) / 1000;
}

/** How long something waits, as honest as it is known: `about 12 m`, `10 m to 14 m`. */
export function formatWait(starts: { earliest: string; latest: string }, now: number): string {
  const [low, high] = [starts.earliest, starts.latest].map((instant) =>
    Math.max(0, (Date.parse(instant) - now) / 1000),
  ) as [number, number];
  if (high < 60) {
    return "less than a minute";
  }
  const [first, last] = [formatMinutes(low), formatMinutes(high)];
  if (first === last) {
    return `about ${last}`;
  }
  return low < 60 ? `at most ${last}` : `${first} to ${last}`;
}

/** A time without the seconds, which would be more than is known. */
function formatMinutes(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} m` : formatDuration(Math.round(minutes / 5) * 300);
}
