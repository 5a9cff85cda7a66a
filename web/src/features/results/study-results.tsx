import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { studyResultsQuery } from "@/api/studies";
import { Failure } from "@/components/failure";
import { Outline } from "@/components/ui/outline";
import { Toggle } from "@/components/ui/toggle";
import { ResultsView } from "./results-view";
import { type Row, rowsOf } from "./rows";
import { foldedSeeds } from "./seeds";

/** The results of all seeds of a study, folded unless they are to stand apart. */
export function StudyResults({ studyId }: { studyId: string }) {
  const [apart, setApart] = useState(false);
  const [baseline, setBaseline] = useState<Row>();
  const { data, error, refetch } = useQuery(
    studyResultsQuery(studyId, apart ? baseline?.arm : undefined),
  );
  if (error && !data) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (!data) {
    return <Outline className="h-64" />;
  }
  const rows = rowsOf(data.arms);
  const seeds = data.arms.map(({ pipeline_id, seed }): [string, string] => [
    pipeline_id,
    `seed ${seed}`,
  ]);
  return (
    <div className="flex flex-col gap-2">
      {rows.length > 0 && (
        <span>
          <Toggle pressed={!apart} onChange={(fold) => setApart(!fold)}>
            Fold seeds
          </Toggle>
        </span>
      )}
      {apart ? (
        <ResultsView
          rows={rows}
          benchmarks={data.benchmarks}
          pipelines={new Map(seeds)}
          baseline={baseline}
          onBaseline={setBaseline}
          empty={EMPTY}
        />
      ) : (
        <ResultsView rows={foldedSeeds(rows)} benchmarks={data.benchmarks} empty={EMPTY} />
      )}
    </div>
  );
}

const EMPTY = "No arm has been evaluated yet. Scores appear when an evaluation of a seed ends.";
