import { useQuery } from "@tanstack/react-query";
import { sparkQuery } from "@/api/runs";
import type { RunSnapshot } from "@/api/schema";
import { formatNumber } from "@/format/numbers";
import { mainMetrics } from "./main-metrics";
import { pathOf } from "./spark-path";

const WIDTH = 96;
const HEIGHT = 22;

/** How a run's main metric went, without numbers: whether it falls, rises or stays. */
export function SparkLine({ run }: { run: RunSnapshot }) {
  const [metric, label] = mainMetrics(run)[0] ?? [];
  const { data: points = [] } = useQuery({
    ...sparkQuery(run.id, metric ?? ""),
    enabled: metric !== undefined,
  });
  const last = metric === undefined ? undefined : run.latest[metric];
  const known = points.at(-1)?.[0] ?? 0;
  // The snapshot is live, the history is read now and then.
  const all =
    last !== undefined && run.step > known ? [...points, [run.step, last] as const] : points;
  const name =
    last === undefined ? "" : `${label} up to step ${run.step}: ${formatNumber(last)} at last`;
  return (
    <svg
      role="img"
      aria-label={name || "no curve yet"}
      data-testid="spark"
      data-points={all.length}
      width={WIDTH}
      height={HEIGHT}
      className="shrink-0 overflow-visible"
    >
      <path
        d={pathOf(all, WIDTH, HEIGHT)}
        fill="none"
        stroke="var(--accent)"
        strokeWidth={1.5}
        strokeLinejoin="round"
      />
    </svg>
  );
}
