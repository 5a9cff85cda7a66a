import { useQuery } from "@tanstack/react-query";
import { pipelineResultsQuery } from "@/api/results";
import { Failure } from "@/components/failure";
import { ResultsView } from "./results-view";

export function PipelineResults({ pipelineId }: { pipelineId: string }) {
  const { data, error, refetch } = useQuery(pipelineResultsQuery(pipelineId));
  if (error && !data) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  return data ? (
    <ResultsView
      results={data}
      empty="No arm has been evaluated yet. A row appears when an evaluation of this pipeline ends."
    />
  ) : (
    <p className="py-6 text-muted">Loading …</p>
  );
}
