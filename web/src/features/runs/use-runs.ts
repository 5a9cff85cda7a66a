import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { type RunSearch, runPageQuery, runPagesQuery } from "@/api/runs";
import type { RunSnapshot } from "@/api/schema";
import { isFinal } from "@/components/run-state";
import { withFirstPage, withNewest } from "./found-runs";

/** So many ids fit into one filter. */
const MOST_FRESH = 50;

const LOOK_AGAIN_MS = 4_000;

/**
 * The runs that are like a search, page by page, and how they change.
 *
 * However many pages were read, only the first is asked for again, and those runs in sight that go
 * on: what is behind them does not change.
 */
export function useRuns(search: RunSearch, inSight: readonly RunSnapshot[]) {
  const queryClient = useQueryClient();
  const pages = runPagesQuery(search);
  const query = useInfiniteQuery(pages);
  const first = useQuery({
    ...runPageQuery(search),
    enabled: query.data !== undefined && !query.isPlaceholderData,
    initialData: query.isPlaceholderData ? undefined : query.data?.pages[0],
    initialDataUpdatedAt: query.dataUpdatedAt,
    refetchInterval: LOOK_AGAIN_MS,
  });
  const going = inSight
    .filter(({ state }) => !isFinal(state))
    .slice(0, MOST_FRESH)
    .map(({ id }) => id);
  const fresh = useQuery({
    ...runPageQuery({ ...search, filter: `id in (${going.join(", ")})`, sort: "-created" }),
    enabled: going.length > 0,
    refetchInterval: LOOK_AGAIN_MS,
  });
  const joined = useMemo(
    () =>
      query.data &&
      withFirstPage(query.data.pages, query.isPlaceholderData ? undefined : first.data),
    [query.data, query.isPlaceholderData, first.data],
  );
  const runs = useMemo(
    () => withNewest(joined ?? [], fresh.data?.data ?? []),
    [joined, fresh.data],
  );
  const isApart = query.data !== undefined && joined === undefined;
  const { queryKey } = pages;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new key is a new array every time.
  useEffect(() => {
    if (isApart) {
      void queryClient.resetQueries({ queryKey });
    }
  }, [isApart, queryClient, queryKey.join()]);
  return { ...query, runs };
}
