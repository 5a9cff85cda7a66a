import { useLayoutEffect, useRef, useState } from "react";
import type { RunSnapshot } from "@/api/schema";
import { CompactStageCard, StageCard } from "./stage-card";
import { dimensionsOf, layOut, type Place, type Size } from "./stage-layout";
import { StageList } from "./stage-list";

interface StageGraphProps {
  runs: RunSnapshot[];
  selected: string | undefined;
  onSelect: (runId: string) => void;
}

/** The runs of a pipeline and what they wait for; a list in the same order where space is short. */
export function StageGraph(props: StageGraphProps) {
  const [frame, width] = useWidth();
  const places = layOut(props.runs);
  const size = dimensionsOf([...places.values()], width);
  return (
    <nav aria-label="Runs of this pipeline" data-testid="stage-graph" ref={frame}>
      {size ? <Drawn {...props} places={places} size={size} /> : <StageList {...props} />}
    </nav>
  );
}

/** The width of an element, known before it is painted. */
function useWidth() {
  const frame = useRef<HTMLElement>(null);
  const [width, setWidth] = useState<number>();
  useLayoutEffect(() => {
    const element = frame.current as HTMLElement;
    const measure = () => setWidth(element.clientWidth);
    const sizes = new ResizeObserver(measure);
    sizes.observe(element);
    measure();
    return () => sizes.disconnect();
  }, []);
  return [frame, width] as const;
}

interface DrawnProps extends StageGraphProps {
  places: Map<string, Place>;
  size: Size;
}

function Drawn({ runs, selected, onSelect, places, size }: DrawnProps) {
  const { width, height, card } = size;
  const Card = size.compact ? CompactStageCard : StageCard;
  return (
    <div className="relative m-0.5" style={{ width, height }}>
      <svg aria-hidden width={width} height={height} className="absolute inset-0">
        {runs.flatMap((run) =>
          run.parents.map(({ run_id, role }) => (
            <path
              key={`${run_id} ${run.id} ${role}`}
              d={curve(places.get(run_id), places.get(run.id), size)}
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
              style={{ left: column * size.pitch.x, top: row * size.pitch.y, ...card }}
            >
              <Card run={run} selected={run.id === selected} onSelect={() => onSelect(run.id)} />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function curve(from: Place | undefined, to: Place | undefined, { card, pitch }: Size): string {
  if (!from || !to) {
    return "";
  }
  const [x1, y1] = [from.column * pitch.x + card.width, from.row * pitch.y + card.height / 2];
  const [x2, y2] = [to.column * pitch.x, to.row * pitch.y + card.height / 2];
  if (y1 === y2) {
    return `M ${x1} ${y1} H ${x2}`;
  }
  // The bend lies in the gap before the target, so that a long edge does not run through cards.
  const bend = x2 - (pitch.x - card.width) / 2;
  const turn = Math.min(8, (pitch.x - card.width) / 2) * Math.sign(y2 - y1);
  const round = Math.abs(turn);
  return [
    `M ${x1} ${y1} H ${bend - round}`,
    `Q ${bend} ${y1} ${bend} ${y1 + turn}`,
    `V ${y2 - turn}`,
    `Q ${bend} ${y2} ${bend + round} ${y2} H ${x2}`,
  ].join(" ");
}
