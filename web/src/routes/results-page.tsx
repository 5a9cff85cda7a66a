import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { catalogQuery } from "@/api/catalog";
import { recentPipelinesQuery } from "@/api/pipelines";
import { resultsQuery } from "@/api/results";
import { studiesQuery } from "@/api/studies";
import { Failure } from "@/components/failure";
import { Outline } from "@/components/ui/outline";
import { Toggle } from "@/components/ui/toggle";
import { PaperFigures } from "@/features/figures/paper-figures";
import { ResultsView } from "@/features/results/results-view";
import { type Row, rowsOf } from "@/features/results/rows";
import { foldedSeeds } from "@/features/results/seeds";

export function ResultsPage() {
  const [baseline, setBaseline] = useState<Row>();
  const [fold, setFold] = useState(true);
  const { data, error, refetch } = useQuery(resultsQuery(baseline?.arm));
  const { data: pipelines } = useQuery(recentPipelinesQuery);
  const { data: studies } = useQuery(studiesQuery);
  const { data: catalog } = useQuery(catalogQuery);
  if (error && !data) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  const single = rowsOf(data?.arms ?? []);
  const folded = foldedSeeds(single);
  const foldable = folded.length < single.length;
  const isFolded = foldable && fold;
  const names = pipelines?.data.map(({ id, name, number, seed, study_id }): [string, string] => [
    id,
    study_id && isFolded ? `Study ${name}` : `${name} #${number}, seed ${seed}`,
  ]);
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="text-title font-semibold">Results</h1>
        {foldable && (
          <Toggle
            pressed={fold}
            title="Seeds of one arm of a study as their mean, with its 95% interval over seeds"
            onChange={setFold}
          >
            Fold seeds
          </Toggle>
        )}
      </div>
      <h2 className="sr-only">By benchmark</h2>
      {data && names && studies && catalog ? (
        <>
          <ResultsView
            rows={isFolded ? folded : single}
            benchmarks={data.benchmarks}
            pipelines={new Map(names)}
            baseline={baseline}
            onBaseline={setBaseline}
            empty="No policy has been evaluated yet. Launch a pipeline with an evaluation; its row appears here when it ends."
          />
          <section className="mt-3 flex flex-col gap-2">
            <h2 className="text-lead font-semibold">Figures</h2>
            <PaperFigures />
          </section>
        </>
      ) : (
        <Outline className="min-h-dvh" />
      )}
    </div>
  );
}
