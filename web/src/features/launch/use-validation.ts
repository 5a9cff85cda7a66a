import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { validateRecipe, type Written } from "@/api/pipelines";
import type { Change } from "@/api/schema";
import { same } from "./same";

const PAUSE = 350;

/** What the server says about a recipe, asked once its writer has paused. */
export function useValidation(written: Written) {
  const [settled, setSettled] = useState(written);
  const isSettled = same(settled, written);
  useEffect(() => {
    const timer = setTimeout(() => !isSettled && setSettled(written), PAUSE);
    return () => clearTimeout(timer);
  }, [written, isSettled]);
  const query = useQuery(
    queryOptions({
      queryKey: ["validation", settled],
      queryFn: ({ signal }) => validateRecipe(settled, signal),
      placeholderData: keepPreviousData,
      staleTime: 10_000,
      gcTime: 60_000,
    }),
  );
  const changes = useLastChanges(query.data?.valid ? query.data.changes : undefined);
  return { ...query, changes, isChecking: !isSettled || query.isFetching };
}

/** What is changed stays marked while the recipe is wrong somewhere. */
function useLastChanges(known: readonly Change[] | undefined): readonly Change[] {
  const [last, setLast] = useState<readonly Change[]>([]);
  if (known && known !== last) {
    setLast(known);
  }
  return known ?? last;
}
