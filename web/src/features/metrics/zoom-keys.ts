import { useShortcuts } from "@/components/shortcuts";
import type { Zoom } from "./chart";

/** Half as many steps, the newer ones. */
export function nearer([from, to]: Zoom): Zoom {
  return [to - Math.max(1, Math.floor((to - from) / 2)), to];
}

/** Twice as many steps, more of the older ones; undefined for all that there are. */
export function farther([from, to]: Zoom, whole: Zoom): Zoom | undefined {
  return within([from - (to - from), to], whole);
}

/** As many steps, half of them others, as far as there are any. */
export function moved([from, to]: Zoom, by: 1 | -1, whole: Zoom): Zoom | undefined {
  const way = by * Math.max(1, Math.floor((to - from) / 2));
  return within([from + way, to + way], whole);
}

function within([from, to]: Zoom, [first, last]: Zoom): Zoom | undefined {
  const length = to - from;
  if (length >= last - first) {
    return undefined;
  }
  const begin = Math.max(first, Math.min(from, last - length));
  return [begin, begin + length];
}

/** What dragging across a chart does, for those who use no pointer. */
export function useZoomKeys(
  whole: Zoom,
  zoom: Zoom | undefined,
  onZoom: (zoom: Zoom | undefined) => void,
): void {
  const shown = zoom ?? whole;
  useShortcuts("Charts", {
    "+": {
      does: "Zoom in to the newer half",
      run: () => onZoom(within(nearer(shown), whole)),
    },
    "-": { does: "Zoom out", run: () => onZoom(farther(shown, whole)) },
    ",": { does: "Steps before", run: () => onZoom(moved(shown, -1, whole)) },
    ".": { does: "Steps after", run: () => onZoom(moved(shown, 1, whole)) },
    "0": { does: "The whole run", run: () => onZoom(undefined) },
  });
}
