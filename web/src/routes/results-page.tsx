import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { recentPipelinesQuery } from "@/api/pipelines";
import { resultsQuery } from "@/api/results";
import { Failure } from "@/components/failure";
import { ResultsView } from "@/features/results/results-view";
import { type Row, rowsOf } from "@/features/results/rows";

export function ResultsPage() {
  const [baseline, setBaseline] = useState<Row>();
  const { data, error, refetch } = useQuery(resultsQuery(baseline?.arm));
  const { data: pipelines } = useQuery(recentPipelinesQuery);
  const names = pipelines?.data.map(({ id, name, number, seed }): [string, string] => [
    id,
    `${name} #${number}, seed ${seed}`,
  ]);
  if (error && !data) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  return (
    <div className="flex flex-col gap-3">
      <h1 className="text-title font-semibold">Results</h1>
      <h2 className="sr-only">By benchmark</h2>
      {data ? (
        <ResultsView
          rows={rowsOf(data.arms)}
          benchmarks={data.benchmarks}
          pipelines={new Map(names)}
          baseline={baseline}
          onBaseline={setBaseline}
          empty="No policy has been evaluated yet. Launch a pipeline with an evaluation; its row appears here when it ends."
        />
      ) : (
        <p className="text-muted">Loading …</p>
      )}
    </div>
  );
}
