/** Redrawing what grows more often than this shows nobody anything new. */
const SHORTEST_PAUSE = 250;

const waiting = new Set<() => void>();
let drawnAt = Number.NEGATIVE_INFINITY;
let timer: ReturnType<typeof setTimeout> | undefined;

/**
 * Draw in a frame with everything else that waits, which costs the page less than a frame for each.
 *
 * Returns:
 *   How to take it back.
 */
export function drawSoon(draw: () => void): () => void {
  waiting.add(draw);
  timer ??= begin();
  return () => void waiting.delete(draw);
}

/** What somebody waits for is not what grows: the next drawing comes at once. */
export function hurry(): void {
  drawnAt = Number.NEGATIVE_INFINITY;
  if (timer !== undefined) {
    clearTimeout(timer);
    timer = begin();
  }
}

function begin() {
  const pause = Math.max(0, SHORTEST_PAUSE - (performance.now() - drawnAt));
  return setTimeout(() => requestAnimationFrame(drawAll), pause);
}

function drawAll(): void {
  timer = undefined;
  drawnAt = performance.now();
  const drawings = [...waiting];
  waiting.clear();
  for (const draw of drawings) {
    draw();
  }
}
