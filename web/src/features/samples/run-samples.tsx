import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useState } from "react";
import { sampleStepsQuery, samplesQuery } from "@/api/runs";
import type { RunSnapshot } from "@/api/schema";
import { Failure } from "@/components/failure";
import { useShortcuts } from "@/components/shortcuts";
import { Button } from "@/components/ui/button";
import { Outline } from "@/components/ui/outline";
import { Segmented } from "@/components/ui/segmented";
import { counts, FILTERS, type Filter, filtered } from "./filters";
import { SampleView } from "./sample-view";

/** As many as the page that compares takes. */
const MOST_COMPARED = 24;

/** What the policy wrote, step by step; the newest step until another one is chosen. */
export function RunSamples({ run, others }: { run: RunSnapshot; others: readonly RunSnapshot[] }) {
  const [followed, setFollowed] = useState<string>();
  const {
    data: steps,
    error,
    refetch,
  } = useQuery({
    ...sampleStepsQuery(run.id, followed),
    placeholderData: keepPreviousData,
  });
  const [step, setStep] = useState<number>();
  const shown = step ?? steps?.at(-1);
  if (error && !steps) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (!steps || shown === undefined) {
    return steps ? (
      <p className="py-8 text-muted">No samples yet: the run has not shown any.</p>
    ) : (
      <Outline what="the samples" className="min-h-dvh" />
    );
  }
  const follow = (item: string | undefined) => {
    setFollowed(item);
    // The step that is looked at stays, whatever is newest.
    setStep(shown);
  };
  return (
    <Browser
      run={run}
      others={others}
      steps={steps}
      step={shown}
      onStep={setStep}
      followed={followed}
      onFollow={follow}
    />
  );
}

interface BrowserProps {
  run: RunSnapshot;
  /** That may have seen the same items. */
  others: readonly RunSnapshot[];
  steps: readonly number[];
  step: number;
  onStep: (step: number | undefined) => void;
  /** The item whose steps alone are gone through. */
  followed: string | undefined;
  onFollow: (item: string | undefined) => void;
}

function Browser({ run, others, steps, step, onStep, followed, onFollow }: BrowserProps) {
  const [filter, setFilter] = useState<Filter>("all");
  const [index, setIndex] = useState(0);
  const { data = [], isPending } = useQuery({
    ...samplesQuery(run.id, step, followed),
    placeholderData: keepPreviousData,
  });
  const samples = filtered(data, filter);
  const place = Math.min(index, Math.max(0, samples.length - 1));
  const current = samples[place];
  const numbers = counts(data);
  const move = (by: number) => setIndex(Math.max(0, Math.min(samples.length - 1, place + by)));
  const moveStep = (by: number) => {
    const wanted = steps[steps.indexOf(step) + by];
    // The newest step is followed rather than fixed, so that new samples appear by themselves.
    onStep(wanted === steps.at(-1) ? undefined : (wanted ?? step));
  };
  const choose = (wanted: Filter) => {
    setFilter(wanted);
    setIndex(0);
  };
  const toggle = (wanted: Filter) => choose(filter === wanted ? "all" : wanted);
  const toggleFollowing = () => onFollow(followed === undefined ? current?.sample.item : undefined);
  useShortcuts("Samples", {
    j: { does: "Next item", run: () => move(1) },
    k: { does: "Item before", run: () => move(-1) },
    "[": { does: "Step before", run: () => moveStep(-1) },
    "]": { does: "Next step", run: () => moveStep(1) },
    f: { does: "Follow the item through its steps, or all items", run: toggleFollowing },
    ...Object.fromEntries(
      FILTERS.map(({ value, label, key }) => [
        key,
        { does: `Only: ${label.toLowerCase()}`, run: () => toggle(value) },
      ]),
    ),
  });
  return (
    <div className="flex flex-col gap-3" data-testid="samples" data-step={step}>
      <div className="flex flex-wrap items-center gap-x-5 gap-y-2">
        <Stepper
          label="Step"
          text={`step ${step}`}
          keys={["[", "]"]}
          onBack={step === steps[0] ? undefined : () => moveStep(-1)}
          onForward={step === steps.at(-1) ? undefined : () => moveStep(1)}
        />
        <Stepper
          label="Item"
          text={samples.length === 0 ? "no item" : `item ${place + 1} of ${samples.length}`}
          keys={["k", "j"]}
          onBack={place > 0 ? () => move(-1) : undefined}
          onForward={place < samples.length - 1 ? () => move(1) : undefined}
        />
        <Segmented
          label="Rollouts shown"
          value={filter}
          options={FILTERS.map(({ value, label }) => ({
            value,
            label: `${label} ${numbers[value]}`,
          }))}
          onChange={choose}
        />
        <Elsewhere
          run={run}
          others={others}
          item={current?.sample.item}
          isFollowed={followed !== undefined}
          steps={steps.length}
          onFollow={toggleFollowing}
        />
        <p className="text-small text-muted max-md:hidden">
          <Key>j</Key> <Key>k</Key> item, <Key>[</Key> <Key>]</Key> step, <Key>w</Key> wrong,{" "}
          <Key>m</Key> malformed, <Key>g</Key> gap, <Key>e</Key> experts, <Key>f</Key> follow
        </p>
      </div>
      {current ? (
        <SampleView
          key={`${current.step} ${current.sample.item} ${filter}`}
          one={current}
          filter={filter}
        />
      ) : isPending ? (
        <Outline className="min-h-dvh" />
      ) : (
        <p className="py-8 text-muted">No rollout of this step passes the filter.</p>
      )}
    </div>
  );
}

interface ElsewhereProps {
  run: RunSnapshot;
  others: readonly RunSnapshot[];
  item: string | undefined;
  isFollowed: boolean;
  steps: number;
  onFollow: () => void;
}

/** The same item at the other steps of the run, and in other runs. */
function Elsewhere({ run, others, item, isFollowed, steps, onFollow }: ElsewhereProps) {
  const runs = [run, ...others].slice(0, MOST_COMPARED).map(({ id }) => id);
  return (
    <span className="inline-flex items-center gap-1.5">
      <Button aria-pressed={isFollowed} disabled={!item} onClick={onFollow}>
        {isFollowed ? `Following: ${steps === 1 ? "1 step" : `${steps} steps`}` : "Follow item"}
      </Button>
      {item && runs.length > 1 && (
        <Button asChild>
          <Link to="/compare" search={{ runs: runs.join(","), item }}>
            In other runs
          </Link>
        </Button>
      )}
    </span>
  );
}

interface StepperProps {
  label: string;
  text: string;
  keys: [string, string];
  onBack: (() => void) | undefined;
  onForward: (() => void) | undefined;
}

function Stepper({ label, text, keys, onBack, onForward }: StepperProps) {
  return (
    <span className="inline-flex items-center gap-1">
      <Button
        size="icon"
        className="size-7"
        aria-label={`${label} before (${keys[0]})`}
        disabled={!onBack}
        onClick={onBack}
      >
        <ChevronLeft />
      </Button>
      <span className="tabular min-w-24 text-center">{text}</span>
      <Button
        size="icon"
        className="size-7"
        aria-label={`${label} after (${keys[1]})`}
        disabled={!onForward}
        onClick={onForward}
      >
        <ChevronRight />
      </Button>
    </span>
  );
}

function Key({ children }: { children: string }) {
  return <kbd className="tabular rounded-small border border-line bg-sunken px-1">{children}</kbd>;
}
