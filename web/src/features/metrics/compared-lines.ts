import type { RunGroup } from "@/components/compared-run";
import { along, foldedAlong, MOST_PLACES } from "./along";
import type { Zoom } from "./chart";
import { foldedPoints } from "./fold";
import type { Point } from "./series";
import type { ComparedCurves, Curves } from "./use-compared-curves";
import { type Axis, placeOf } from "./x-axis";

/** How far apart the places are at which points are drawn. */
export function distanceOn(axis: Axis, curves: Curves, zoom: Zoom | undefined): number {
  const ends = Object.values(curves).map(({ progress }) => progress.at(-1)?.[axis] ?? 0);
  const span = zoom ? zoom[1] - zoom[0] : Math.max(...ends);
  const distance = (span || 1) / MOST_PLACES;
  return axis === "tokens" ? Math.max(1, Math.ceil(distance)) : distance;
}

/** The curve of a run, or of seeds as one; of what was never counted there is none. */
export function groupPoints(
  { members }: RunGroup,
  metric: string,
  curves: Curves,
  axis: Axis,
  distance: number,
): readonly Point[] {
  const found = members.flatMap(({ run }) => curves[run.id] ?? []);
  if (axis === "step") {
    return foldedPoints(found.map(({ metrics }) => metrics[metric] ?? []));
  }
  const counted = found.filter(({ progress }) => progress.at(-1)?.[axis]);
  return foldedAlong(
    counted.map((curve) => placed(curve, metric, axis, distance)),
    distance,
  );
}

function placed(
  { metrics, progress }: ComparedCurves,
  metric: string,
  axis: Axis,
  distance: number,
) {
  return along(metrics[metric] ?? [], placeOf(axis, progress), distance);
}
