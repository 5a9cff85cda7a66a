import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { newKey } from "@/api/new-key";
import { clonePipeline } from "@/api/pipelines";
import { explain } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { useToast } from "@/components/ui/toast";

/** Launches a pipeline again as it was, once for each time it is asked for. */
export function Clone({ pipelineId }: { pipelineId: string }) {
  const show = useToast();
  const navigate = useNavigate();
  const [key, setKey] = useState(newKey);
  const clone = useMutation({
    mutationFn: () => clonePipeline(pipelineId, key),
    onSuccess: ({ id }) => {
      setKey(newKey());
      void navigate({ to: "/pipelines/$pipelineId", params: { pipelineId: id } });
    },
    onError: (error) => {
      const { happened, remedy } = explain(error);
      show({ title: happened, detail: remedy, tone: "bad" });
    },
  });
  return (
    <Confirm
      trigger={
        <Button busy={clone.isPending} data-testid="clone-pipeline">
          Clone
        </Button>
      }
      title="Launch the same again?"
      description="Every run is queued once more with the same settings and the same seed."
      action="Launch again"
      onConfirm={() => clone.mutate()}
    />
  );
}
