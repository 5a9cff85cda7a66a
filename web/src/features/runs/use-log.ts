import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useFrames, useStreamOpen } from "@/api/live";
import { logPage } from "@/api/runs";
import type { LogLine } from "@/api/schema";
import { NO_LINES, withLines } from "./log-lines";

function logKey(runId: string) {
  return ["runs", runId, "log"] as const;
}

/** All lines of a run's log, as they come. */
export function useLog(runId: string) {
  const queryClient = useQueryClient();
  const key = logKey(runId);
  const known = () => queryClient.getQueryData<readonly LogLine[]>(key) ?? NO_LINES;
  const query = useQuery(
    queryOptions({
      queryKey: key,
      queryFn: async () => withLines(known(), await readAll(runId)),
      staleTime: Number.POSITIVE_INFINITY,
      structuralSharing: false,
    }),
  );
  useFrames("logs", ({ run_id, lines }) => {
    queryClient.setQueryData<readonly LogLine[]>(logKey(run_id), (before) =>
      withLines(before ?? NO_LINES, lines),
    );
  });
  useStreamOpen(() => void queryClient.invalidateQueries({ queryKey: key }));
  return query;
}

async function readAll(runId: string): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  let more = true;
  while (more) {
    const page = await logPage(runId, lines.at(-1)?.number ?? 0);
    lines.push(...page.data);
    more = page.next_cursor !== null && page.data.length > 0;
  }
  return lines;
}
