import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { validateRecipe } from "@/api/pipelines";

const PAUSE = 350;

/** What the server says about a text, asked once its writer has paused. */
export function useValidation(text: string) {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  const query = useQuery(
    queryOptions({
      queryKey: ["validation", settled],
      queryFn: ({ signal }) => validateRecipe(settled, signal),
      placeholderData: keepPreviousData,
      staleTime: 10_000,
      gcTime: 60_000,
    }),
  );
  return { ...query, isChecking: settled !== text || query.isFetching };
}
