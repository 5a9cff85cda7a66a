import { useQuery } from "@tanstack/react-query";
import { comparisonQuery } from "@/api/compare";
import type { Comparison } from "@/api/schema";
import { type ComparedRun, groupsOf } from "@/components/compared-run";
import { Failure } from "@/components/failure";
import { Outline } from "@/components/ui/outline";
import { ResultsView } from "./results-view";
import type { Row } from "./rows";
import { foldedSeeds } from "./seeds";

interface ComparedResultsProps {
  runs: readonly ComparedRun[];
  fold: boolean;
  /** The run that all others are tested against. */
  baseline: string | undefined;
  onBaseline: (runId: string | undefined) => void;
}

/** What the runs came to, each tested against the baseline item by item. */
export function ComparedResults({ runs, fold, baseline, onBaseline }: ComparedResultsProps) {
  const { data, error, refetch } = useQuery(
    comparisonQuery(
      runs.map(({ run }) => run.id),
      baseline,
    ),
  );
  if (error && !data) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (!data) {
    return <Outline className="h-64" />;
  }
  const rows = rowsOf(runs, data);
  const shown = fold ? foldedSeeds(grouped(rows, runs)) : rows;
  return (
    <ResultsView
      rows={shown}
      benchmarks={data.benchmarks}
      baseline={fold ? undefined : shown.find(({ key }) => key === data.baseline)}
      onBaseline={fold ? undefined : (row) => onBaseline(row?.key)}
      empty="None of these runs, nor what they trained, has been evaluated yet."
    />
  );
}

function rowsOf(runs: readonly ComparedRun[], { results, baseline }: Comparison): Row[] {
  const base = runs.find(({ run }) => run.id === baseline)?.label ?? "";
  return runs.map(({ run, pipeline, label }) => {
    const own = results.filter(({ compared }) => compared === run.id);
    return {
      key: run.id,
      arm: label,
      pipelineId: pipeline.id,
      waits: own.length > 0 ? undefined : "Neither it nor what it trained was evaluated.",
      scored: Object.fromEntries(
        own.map(({ result }) => [
          result.benchmark,
          { ...result, paired: result.paired && { ...result.paired, arm: base } },
        ]),
      ),
    };
  });
}

/** The rows under the names of their groups, so that the seeds of one are taken together. */
function grouped(rows: readonly Row[], runs: readonly ComparedRun[]): Row[] {
  const names = new Map(
    groupsOf(runs, true).flatMap(({ label, members }) => members.map(({ run }) => [run.id, label])),
  );
  return rows.map((row) => ({ ...row, arm: names.get(row.key) ?? row.arm }));
}
