import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { sharedSamplesQuery } from "@/api/compare";
import type { Response, Sample, SharedItems } from "@/api/schema";
import { type ComparedRun, colourOf } from "@/components/compared-run";
import { Failure } from "@/components/failure";
import { Button } from "@/components/ui/button";
import { Outline } from "@/components/ui/outline";
import { ScrollFrame } from "@/components/ui/scroll-frame";
import { Select } from "@/components/ui/select";
import { markLines } from "./difference";
import { Lines } from "./response-view";
import { ItemPanel } from "./sample-view";
import { ScoreBar, scaleOf } from "./score-bar";
import { Verdict } from "./verdict";

interface SameItemsProps {
  runs: readonly ComparedRun[];
  item: string | undefined;
  onItem: (item: string) => void;
}

/** What several runs said to the same item, section beside section. */
export function SameItems({ runs, item, onItem }: SameItemsProps) {
  const { data, error, refetch } = useQuery({
    ...sharedSamplesQuery(
      runs.map(({ run }) => run.id),
      item,
    ),
    placeholderData: keepPreviousData,
  });
  if (error && !data) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (!data) {
    return <Outline className="h-64" />;
  }
  const first = data.samples[0]?.newest.sample;
  return first ? (
    <div className="flex flex-col gap-3" data-testid="same-items" data-item={data.item}>
      <ItemChoice shared={data} runs={runs.length} onItem={onItem} />
      <div className="grid items-start gap-3 lg:grid-cols-[15rem_minmax(0,1fr)]">
        <ItemPanel sample={first} />
        <Aligned runs={runs} samples={data.samples} demonstration={first.demonstration} />
      </div>
    </div>
  ) : (
    <p className="max-w-[72ch] text-muted">
      No item was shown by two of these runs. Arms of one seed see the same items at the same steps;
      evaluations of one data set always do.
    </p>
  );
}

interface ItemChoiceProps {
  shared: SharedItems;
  runs: number;
  onItem: (item: string) => void;
}

function ItemChoice({ shared: { items, item }, runs, onItem }: ItemChoiceProps) {
  const place = items.findIndex((one) => one.item === item);
  const [before, after] = [items[place - 1], items[place + 1]];
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button
        size="icon"
        className="size-7"
        aria-label="Item before"
        disabled={!before}
        onClick={() => before && onItem(before.item)}
      >
        <ChevronLeft />
      </Button>
      <Select
        aria-label="Item"
        className="w-80 max-w-full"
        value={item ?? ""}
        onChange={({ target }) => onItem(target.value)}
      >
        {place < 0 && <option value={item ?? ""}>{item}</option>}
        {items.map((one) => (
          <option key={one.item} value={one.item}>
            {one.item} · {one.runs} of {runs} runs
          </option>
        ))}
      </Select>
      <Button
        size="icon"
        className="size-7"
        aria-label="Item after"
        disabled={!after}
        onClick={() => after && onItem(after.item)}
      >
        <ChevronRight />
      </Button>
    </div>
  );
}

interface Column {
  key: string;
  head: ReactNode;
  response: Response | undefined;
}

interface AlignedProps {
  runs: readonly ComparedRun[];
  samples: SharedItems["samples"];
  demonstration: Sample["demonstration"];
}

/** A column for the demonstration and for every run, a row for every section. */
function Aligned({ runs, samples, demonstration }: AlignedProps) {
  const columns: Column[] = [
    ...(demonstration
      ? [{ key: "demonstration", head: "Demonstration", response: demonstration }]
      : []),
    ...samples.flatMap(({ run_id, newest }) => {
      const one = runs.find(({ run }) => run.id === run_id);
      const response = newest.sample.rollouts[0];
      return one ? [{ key: run_id, head: <Head one={one} step={newest.step} />, response }] : [];
    }),
  ];
  const scale = scaleOf(
    columns.flatMap(({ response }) => [response?.caption?.score, response?.reasoning?.score]),
  );
  const row = (title: string, cell: (response: Response) => ReactNode) => (
    <tr key={title} className="border-t border-line align-top">
      <th scope="row" className="w-16 px-3 py-2 text-left text-small font-medium text-muted">
        {title}
      </th>
      {columns.map(({ key, response }) => (
        <td key={key} className="min-w-64 px-3 py-2">
          {response ? cell(response) : <span className="text-muted">no rollout</span>}
        </td>
      ))}
    </tr>
  );
  const other = demonstration ?? undefined;
  const section = (name: "caption" | "reasoning") => (response: Response) => {
    const part = response[name];
    const own = response === demonstration;
    const lines = markLines(part?.text ?? "", own ? undefined : other?.[name]?.text);
    return part ? (
      <>
        <ScoreBar
          label={name === "caption" ? "P" : "R"}
          value={part.score}
          scale={scale}
          colour={name === "caption" ? "perception" : "reasoning"}
        />
        <Lines lines={lines} mark="added" />
      </>
    ) : (
      <p className="whitespace-pre-wrap break-words">{response.text}</p>
    );
  };
  return (
    <ScrollFrame aria-label="Responses to the same item">
      <table className="w-full border-collapse" data-testid="aligned">
        <thead>
          <tr>
            <td />
            {columns.map(({ key, head, response }) => (
              <th key={key} scope="col" className="px-3 py-2 text-left font-semibold">
                {head}
                {response && (
                  <span className="block font-normal">
                    <Verdict response={response} />{" "}
                    <span className="text-small text-muted">
                      <span className="tabular">{response.tokens}</span> tokens
                    </span>
                  </span>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {row("Caption", section("caption"))}
          {row("Think", section("reasoning"))}
          {row("Answer", ({ answer }) => (
            <span className="tabular">{answer ?? <span className="text-muted">none</span>}</span>
          ))}
        </tbody>
      </table>
    </ScrollFrame>
  );
}

function Head({ one, step }: { one: ComparedRun; step: number }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span
        aria-hidden
        className="size-2.5 rounded-small"
        style={{ background: colourOf(one.place).colour }}
      />
      {one.label}
      <span className="font-normal text-small text-muted">step {step}</span>
    </span>
  );
}
