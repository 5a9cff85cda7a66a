import { useState } from "react";
import { at } from "@/api/prefix";
import type { Response, Sample, StepSample } from "@/api/schema";
import { classNames } from "@/components/class-names";
import { Panel } from "@/components/ui/panel";
import { type Filter, firstRollout, passes } from "./filters";
import { ResponseView } from "./response-view";
import { ScoreBar, scaleOf } from "./score-bar";
import { Verdict } from "./verdict";

interface SampleViewProps {
  one: StepSample;
  filter: Filter;
}

/** An item, its demonstration and one of its rollouts side by side. */
export function SampleView({ one, filter }: SampleViewProps) {
  const { sample } = one;
  const [chosen, setChosen] = useState(() => firstRollout(one, filter));
  const rollout = sample.rollouts[chosen] ?? sample.rollouts[0];
  const { demonstration } = sample;
  const all = [...(demonstration ? [demonstration] : []), ...sample.rollouts];
  const scale = scaleOf(
    all.flatMap(({ caption, reasoning, score }) => [caption?.score, reasoning?.score, score]),
  );
  return (
    <div
      data-testid="sample"
      data-item={sample.item}
      className="grid grid-cols-[minmax(0,1fr)] items-start gap-3 lg:grid-cols-[15rem_minmax(0,1fr)_minmax(0,1fr)]"
    >
      <ItemPanel sample={sample} />
      {demonstration && (
        <Panel aria-label="Demonstration" data-testid="demonstration">
          <Head title="Demonstration" response={demonstration} scale={scale} />
          <ResponseView response={demonstration} other={rollout} scale={scale} mark="missing" />
        </Panel>
      )}
      {rollout && (
        <Panel aria-label="Rollout" data-testid="rollout">
          <Rollouts sample={sample} chosen={chosen} filter={filter} onChoose={setChosen} />
          <Head title={`Rollout ${chosen + 1}`} response={rollout} scale={scale}>
            <ScoreBar
              label="advantage"
              value={rollout.advantage}
              scale={scaleOf(sample.rollouts.map(({ advantage }) => advantage))}
              colour="accent"
            />
          </Head>
          <ResponseView
            response={rollout}
            other={demonstration ?? undefined}
            scale={scale}
            mark="added"
          />
          <Rewards rewards={rollout.rewards ?? {}} />
        </Panel>
      )}
    </div>
  );
}

/** What was asked. */
export function ItemPanel({ sample }: { sample: Sample }) {
  return (
    <Panel aria-label="Item" className="overflow-hidden">
      {sample.images.map((image, index) => (
        <img
          key={image}
          src={at(`/api/v1/artifacts/${image}`)}
          alt={`${index + 1} of item ${sample.item}`}
          // Of one height whatever is shown: another sample must not move the text below.
          className="h-60 w-full bg-sunken object-contain [image-rendering:pixelated]"
        />
      ))}
      <dl className="flex flex-col gap-2 p-3">
        <div>
          <dt className="text-small text-muted">Question</dt>
          <dd className="whitespace-pre-wrap break-words">{sample.question}</dd>
        </div>
        <div>
          <dt className="text-small text-muted">Gold answer</dt>
          <dd className="tabular wrap-anywhere">{sample.gold ?? "none"}</dd>
        </div>
        <div>
          <dt className="text-small text-muted">Item</dt>
          <dd className="tabular text-small break-all">{sample.item}</dd>
        </div>
      </dl>
    </Panel>
  );
}

interface HeadProps {
  title: string;
  response: Response;
  scale: number;
  children?: React.ReactNode;
}

function Head({ title, response, scale, children }: HeadProps) {
  return (
    <header className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1.5">
      <h3 className="font-semibold">{title}</h3>
      <Verdict response={response} />
      <span className="text-small text-muted">
        <span className="tabular">{response.tokens}</span> tokens
      </span>
      <span className="ml-auto flex flex-wrap items-center gap-x-3">
        <ScoreBar label="score" value={response.score} scale={scale} colour="accent" />
        {children}
      </span>
    </header>
  );
}

interface RolloutsProps {
  sample: Sample;
  filter: Filter;
  chosen: number;
  onChoose: (index: number) => void;
}

function Rollouts({ sample, chosen, filter, onChoose }: RolloutsProps) {
  return (
    <div className="flex flex-wrap gap-1 border-b border-line px-3 py-1.5">
      {sample.rollouts.map((rollout, index) => (
        <button
          // biome-ignore lint/suspicious/noArrayIndexKey: a rollout is known by its place in the group.
          key={index}
          type="button"
          aria-pressed={index === chosen}
          aria-label={`Rollout ${index + 1}`}
          onClick={() => onChoose(index)}
          className={classNames(
            "inline-flex h-6 items-center gap-1 rounded-small border px-1.5 text-small",
            index === chosen ? "border-accent bg-accent-soft" : "border-line hover:bg-sunken",
            !passes(rollout, filter) && "opacity-45",
          )}
        >
          <span className="tabular">{index + 1}</span>
          <Verdict response={rollout} short />
        </button>
      ))}
    </div>
  );
}

function Rewards({ rewards }: { rewards: Record<string, number> }) {
  const entries = Object.entries(rewards);
  return entries.length === 0 ? null : (
    <footer className="flex flex-wrap gap-x-4 gap-y-1 border-t border-line px-3 py-2 text-small text-muted">
      {entries.map(([name, reward]) => (
        <span key={name}>
          {name} <span className="tabular text-text">{reward.toFixed(2)}</span>
        </span>
      ))}
    </footer>
  );
}
