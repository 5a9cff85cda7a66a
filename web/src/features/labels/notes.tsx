import { useMutation, useQueryClient } from "@tanstack/react-query";
import { labelPipeline, labelRun, tagsQuery } from "@/api/labels";
import type { PipelineLabels, PipelineSnapshot, RunLabels, RunSnapshot } from "@/api/schema";
import { keepPipeline, keepRun } from "@/api/snapshots";
import { LabelsPanel } from "./labels-panel";

interface NotesProps {
  pipeline: PipelineSnapshot;
  run: RunSnapshot;
}

/** Tags and notes of a run and of the pipeline that it is of. */
export function Notes({ pipeline, run }: NotesProps) {
  const queryClient = useQueryClient();
  const onSettled = () => queryClient.invalidateQueries(tagsQuery);
  const ofRun = useMutation({
    mutationFn: (labels: RunLabels) => labelRun(run.id, labels),
    onSuccess: (fresh) => keepRun(queryClient, fresh),
    onSettled,
  });
  const ofPipeline = useMutation({
    mutationFn: (labels: PipelineLabels) => labelPipeline(pipeline.id, labels),
    onSuccess: (fresh) => keepPipeline(queryClient, fresh),
    onSettled,
  });
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-2">
      <LabelsPanel
        title={`Run ${run.name}`}
        tags={run.tags}
        note={run.note}
        onTags={(tags) => ofRun.mutate({ tags })}
        onNote={(note) => ofRun.mutateAsync({ note })}
        error={ofRun.error}
      />
      <LabelsPanel
        title={`Pipeline ${pipeline.name} #${pipeline.number}`}
        tags={pipeline.tags}
        note={pipeline.note}
        onTags={(tags) => ofPipeline.mutate({ tags })}
        onNote={(note) => ofPipeline.mutateAsync({ note })}
        error={ofPipeline.error}
      />
    </div>
  );
}
