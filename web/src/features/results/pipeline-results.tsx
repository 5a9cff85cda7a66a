import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { pipelineResultsQuery } from "@/api/results";
import type { PipelineSnapshot } from "@/api/schema";
import { Failure } from "@/components/failure";
import { Outline } from "@/components/ui/outline";
import { ResultsView } from "./results-view";
import { type Row, rowsOfPipeline } from "./rows";

export function PipelineResults({ pipeline }: { pipeline: PipelineSnapshot }) {
  const [baseline, setBaseline] = useState<Row>();
  const { data, error, refetch } = useQuery(pipelineResultsQuery(pipeline.id, baseline?.arm));
  if (error && !data) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  return data ? (
    <ResultsView
      rows={rowsOfPipeline(pipeline.runs, data.arms)}
      benchmarks={data.benchmarks}
      baseline={baseline}
      onBaseline={setBaseline}
      empty="No arm has been evaluated yet. Scores appear when an evaluation of this pipeline ends."
    />
  ) : (
    <Outline className="h-64" />
  );
}
