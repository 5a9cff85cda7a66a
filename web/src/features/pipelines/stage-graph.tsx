import type { RunSnapshot } from "@/api/schema";
import { StageCard } from "./stage-card";
import { layOut, type Place } from "./stage-layout";
import { StageRow } from "./stage-row";

const CARD = { width: 188, height: 84 };
const PITCH = { x: 224, y: 94 };

interface StageGraphProps {
  runs: RunSnapshot[];
  selected: string | undefined;
  onSelect: (runId: string) => void;
}

/** The runs of a pipeline and what they wait for; on a narrow screen a list in the same order. */
export function StageGraph(props: StageGraphProps) {
  return (
    <nav aria-label="Runs of this pipeline" data-testid="stage-graph">
      <Drawn {...props} />
      <ul className="divide-y divide-line rounded-panel border border-line bg-raised md:hidden">
        {props.runs.map((run) => (
          <li key={run.id}>
            <StageRow
              run={run}
              selected={run.id === props.selected}
              onSelect={() => props.onSelect(run.id)}
            />
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Drawn({ runs, selected, onSelect }: StageGraphProps) {
  const places = layOut(runs);
  const all = [...places.values()];
  const width = Math.max(...all.map(({ column }) => column)) * PITCH.x + CARD.width + 4;
  const height = Math.max(...all.map(({ row }) => row)) * PITCH.y + CARD.height + 4;
  return (
    <div className="overflow-x-auto max-md:hidden">
      <div className="relative m-0.5" style={{ width, height }}>
        <svg aria-hidden width={width} height={height} className="absolute inset-0">
          {runs.flatMap((run) =>
            run.parents.map(({ run_id, role }) => (
              <path
                key={`${run_id} ${run.id} ${role}`}
                d={curve(places.get(run_id), places.get(run.id))}
                fill="none"
                stroke="var(--line-strong)"
                strokeWidth={1.25}
                strokeDasharray={role === "discriminator" ? "3 3" : undefined}
                opacity={0.7}
              />
            )),
          )}
        </svg>
        <ul>
          {runs.map((run) => {
            const { column, row } = places.get(run.id) as Place;
            return (
              <li
                key={run.id}
                className="absolute"
                style={{ left: column * PITCH.x, top: row * PITCH.y, ...CARD }}
              >
                <StageCard
                  run={run}
                  selected={run.id === selected}
                  onSelect={() => onSelect(run.id)}
                />
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}

function curve(from: Place | undefined, to: Place | undefined): string {
  if (!from || !to) {
    return "";
  }
  const [x1, y1] = [from.column * PITCH.x + CARD.width, from.row * PITCH.y + CARD.height / 2];
  const [x2, y2] = [to.column * PITCH.x, to.row * PITCH.y + CARD.height / 2];
  // The bend lies in the gap before the target, so that a long edge does not run through cards.
  const bend = x2 - (PITCH.x - CARD.width) / 2;
  return y1 === y2
    ? `M ${x1} ${y1} H ${x2}`
    : `M ${x1} ${y1} H ${bend - 8} Q ${bend} ${y1} ${bend} ${y1 + 8 * Math.sign(y2 - y1)} V ${y2 - 8 * Math.sign(y2 - y1)} Q ${bend} ${y2} ${bend + 8} ${y2} H ${x2}`;
}
