import { type ReactNode, useState } from "react";
import type { Response, Sample } from "@/api/schema";
import { classNames } from "@/components/class-names";
import { Panel } from "@/components/ui/panel";
import { ResponseView } from "./response-view";
import { scaleOf } from "./score-bar";
import { Verdict } from "./verdict";

export interface Side {
  key: string;
  title: string;
  /** Nothing until it has answered. */
  sample: Sample | undefined;
  status: ReactNode;
}

/** What several policies answered to one question, side by side, section by section. */
export function Answers({ sides }: { sides: readonly Side[] }) {
  const scale = scaleOf(
    sides
      .flatMap(({ sample }) => sample?.rollouts ?? [])
      .flatMap(({ caption, reasoning, score }) => [caption?.score, reasoning?.score, score]),
  );
  return (
    <div
      className={classNames(
        "grid grid-cols-[minmax(0,1fr)] items-start gap-3",
        sides.length > 1 && "xl:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]",
      )}
      data-testid="answers"
    >
      {sides.map((side) => (
        <Column key={side.key} side={side} scale={scale} />
      ))}
    </div>
  );
}

function Column({ side, scale }: { side: Side; scale: number }) {
  const [chosen, setChosen] = useState(0);
  const responses = side.sample?.rollouts ?? [];
  const response = responses[chosen] ?? responses[0];
  return (
    <Panel
      aria-label={side.title}
      data-testid={`answer-${side.key}`}
      data-responses={responses.length}
    >
      <h3 className="px-3 pt-2 font-semibold wrap-anywhere">{side.title}</h3>
      {side.status}
      {responses.length > 1 && (
        <Choice responses={responses} chosen={chosen} onChoose={setChosen} of={side.title} />
      )}
      {response && (
        <>
          <div className="flex min-h-8 flex-wrap items-center gap-x-3 border-t border-line px-3 py-1.5 text-small text-muted">
            <span>{nameOf(chosen)}</span>
            <Verdict response={response} />
            <span>
              <span className="tabular">{response.tokens}</span> tokens
            </span>
          </div>
          <ResponseView response={response} other={undefined} scale={scale} mark="added" />
        </>
      )}
    </Panel>
  );
}

function nameOf(place: number): string {
  return place === 0 ? "Greedy" : `Sampled ${place}`;
}

interface ChoiceProps {
  responses: readonly Response[];
  chosen: number;
  onChoose: (place: number) => void;
  of: string;
}

function Choice({ responses, chosen, onChoose, of }: ChoiceProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: buttons need no frame of a form.
    <div
      role="group"
      aria-label={`Responses of ${of}`}
      className="flex flex-wrap gap-1 border-t border-line px-3 py-1.5"
    >
      {responses.map((response, place) => (
        <button
          // biome-ignore lint/suspicious/noArrayIndexKey: a response is known by its place.
          key={place}
          type="button"
          aria-pressed={place === chosen}
          onClick={() => onChoose(place)}
          className={classNames(
            "inline-flex h-6 items-center gap-1 rounded-small border px-1.5 text-small",
            place === chosen ? "border-accent bg-accent-soft" : "border-line hover:bg-sunken",
          )}
        >
          {nameOf(place)}
          <Verdict response={response} short />
        </button>
      ))}
    </div>
  );
}
