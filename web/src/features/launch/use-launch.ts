import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { launchPipeline } from "@/api/pipelines";
import { Refusal } from "@/api/problem";
import { forgetDraft } from "./draft";
import type { Problems } from "./problems";

/** Launch a text once, however often the button is clicked. */
export function useLaunch(onLaunched: (pipelineId: string) => void) {
  const queryClient = useQueryClient();
  const [key, setKey] = useState(newKey);
  const mutation = useMutation({
    mutationFn: (text: string) => launchPipeline(text, key),
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
    start: (text: string) => mutation.mutate(text),
    reset: () => {
      // Another text is another request: the same key would be refused for it.
      setKey(newKey());
      mutation.reset();
    },
  };
}

/** Random, and to be had without TLS too, which `crypto.randomUUID` is not. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
