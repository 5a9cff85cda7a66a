import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { newKey } from "@/api/new-key";
import { launchPipeline } from "@/api/pipelines";
import { Refusal } from "@/api/problem";
import { launchStudy } from "@/api/studies";
import { gridOf, isStudy, mostAtOnceOf } from "./arms";
import { forgetDraft } from "./draft";
import type { Problems } from "./problems";
import type { Order } from "./use-validation";

/** What was launched: a pipeline, or a study of several. */
export type Launched = { pipelineId: string } | { studyId: string };

/** Launch a recipe once, however often the button is clicked. */
export function useLaunch(onLaunched: (launched: Launched) => void) {
  const queryClient = useQueryClient();
  const [key, setKey] = useState(newKey);
  const mutation = useMutation({
    mutationFn: async ({ arms, ...written }: Order): Promise<Launched> => {
      if (isStudy(arms)) {
        const grid = gridOf(arms);
        const order = { recipe: written.text, grid, most_at_once: mostAtOnceOf(arms) };
        const study = await launchStudy(order, key);
        queryClient.setQueryData(["studies", study.id], study);
        return { studyId: study.id };
      }
      const pipeline = await launchPipeline(written, key);
      queryClient.setQueryData(["pipelines", pipeline.id], pipeline);
      return { pipelineId: pipeline.id };
    },
    onSuccess: (launched) => {
      forgetDraft();
      onLaunched(launched);
    },
  });
  const refused = mutation.error instanceof Refusal && mutation.error.fields.length > 0;
  const problems: Problems | undefined = refused ? (mutation.error as Refusal).fields : undefined;
  return {
    isPending: mutation.isPending,
    problems,
    error: refused ? null : mutation.error,
    start: (order: Order) => mutation.mutate(order),
    reset: () => {
      // Another text is another request: the same key would be refused for it.
      setKey(newKey());
      mutation.reset();
    },
  };
}
