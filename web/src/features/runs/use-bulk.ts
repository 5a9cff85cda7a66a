import { useMutation, useQueryClient } from "@tanstack/react-query";
import { explain } from "@/api/problem";
import type { RunSnapshot } from "@/api/schema";
import { keepRun } from "@/api/snapshots";
import { useToast } from "@/components/ui/toast";

const AT_ONCE = 4;

interface Deed {
  /** What is done to each run, such as `Tagged`. */
  done: string;
  act: (run: RunSnapshot) => Promise<RunSnapshot>;
}

/** Does the same to many runs, a few at a time, and says how many of them refused, and why. */
export function useBulk() {
  const queryClient = useQueryClient();
  const show = useToast();
  return useMutation({
    mutationFn: async ({ runs, deed }: { runs: readonly RunSnapshot[]; deed: Deed }) => {
      const refusals: { run: RunSnapshot; error: unknown }[] = [];
      const waiting = [...runs];
      const work = async () => {
        for (let run = waiting.shift(); run; run = waiting.shift()) {
          try {
            keepRun(queryClient, await deed.act(run));
          } catch (error) {
            refusals.push({ run, error });
          }
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      return refusals;
    },
    onSuccess: (refusals, { runs, deed }) => {
      const [first] = refusals;
      show({
        title: `${deed.done}: ${runs.length - refusals.length} of ${runs.length}`,
        detail: first && `${first.run.name}: ${explain(first.error).happened}`,
        tone: first ? "bad" : "good",
      });
    },
  });
}
