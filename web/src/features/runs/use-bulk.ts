import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { explain } from "@/api/problem";
import type { RunSnapshot } from "@/api/schema";
import { keepRun } from "@/api/snapshots";
import { useToast } from "@/components/ui/toast";

const AT_ONCE = 4;

export interface Deed {
  /** What is done to each run, such as `Tagged`. */
  done: string;
  /** Answers with the run as it is then; a run that is gone answers nothing. */
  act: (run: RunSnapshot) => Promise<RunSnapshot | undefined>;
  /** Whether each run has to wait for the one before it. */
  inOrder?: true;
}

/** A run to which something could not be done, and why. */
export interface Refused {
  run: RunSnapshot;
  why: string;
}

/** What came of doing the same to many runs. */
export interface BulkResult {
  done: string;
  runs: number;
  refused: readonly Refused[];
}

/** Does the same to many runs, a few at a time; those that refuse are in the result, with why. */
export function useBulk() {
  const queryClient = useQueryClient();
  const show = useToast();
  const [answered, setAnswered] = useState(0);
  const bulk = useMutation({
    mutationFn: async ({ runs, deed }: { runs: readonly RunSnapshot[]; deed: Deed }) => {
      const refused: Refused[] = [];
      const waiting = [...runs];
      setAnswered(0);
      const work = async () => {
        for (let run = waiting.shift(); run; run = waiting.shift()) {
          try {
            const fresh = await deed.act(run);
            if (fresh) {
              keepRun(queryClient, fresh);
            }
          } catch (error) {
            refused.push({ run, why: explain(error).happened });
          }
          setAnswered((count) => count + 1);
        }
      };
      await Promise.all(Array.from({ length: deed.inOrder ? 1 : AT_ONCE }, work));
      return { done: deed.done, runs: runs.length, refused } satisfies BulkResult;
    },
    onSuccess: (result) => {
      // What is listed may be another choice of runs by now.
      for (const queryKey of [["runs", "pages"], ["runs", "page"], ["pipelines"]]) {
        void queryClient.invalidateQueries({ queryKey });
      }
      if (result.refused.length === 0) {
        show({ title: `${result.done}: ${result.runs} of ${result.runs}`, tone: "good" });
      }
    },
  });
  return { ...bulk, answered };
}
