import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { newKey } from "@/api/new-key";
import { launchPipeline, type Written } from "@/api/pipelines";
import { Refusal } from "@/api/problem";
import { forgetDraft } from "./draft";
import type { Problems } from "./problems";

/** Launch a recipe once, however often the button is clicked. */
export function useLaunch(onLaunched: (pipelineId: string) => void) {
  const queryClient = useQueryClient();
  const [key, setKey] = useState(newKey);
  const mutation = useMutation({
    mutationFn: (written: Written) => launchPipeline(written, key),
    onSuccess: (pipeline) => {
      forgetDraft();
      queryClient.setQueryData(["pipelines", pipeline.id], pipeline);
      onLaunched(pipeline.id);
    },
  });
  const refused = mutation.error instanceof Refusal && mutation.error.fields.length > 0;
  const problems: Problems | undefined = refused ? (mutation.error as Refusal).fields : undefined;
  return {
    isPending: mutation.isPending,
    problems,
    error: refused ? null : mutation.error,
    start: (written: Written) => mutation.mutate(written),
    reset: () => {
      // Another text is another request: the same key would be refused for it.
      setKey(newKey());
      mutation.reset();
    },
  };
}
