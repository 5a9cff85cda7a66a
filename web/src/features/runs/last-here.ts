const KEY = "prism-last-here";

/** When this browser was here before; a first visit has seen nothing yet. */
const before = read();

function read(): number {
  try {
    return Number(localStorage.getItem(KEY) ?? 0);
  } catch {
    return 0;
  }
}

function write(): void {
  try {
    localStorage.setItem(KEY, String(Date.now()));
  } catch {
    // Without storage every visit is the first.
  }
}

if (typeof document !== "undefined") {
  document.addEventListener("visibilitychange", () => document.hidden && write());
  window.addEventListener("pagehide", write);
}

/** Whether something happened since somebody was last here. */
export function isNew(instant: string | null, since: number = before): boolean {
  return instant !== null && Date.parse(instant) > since;
}
