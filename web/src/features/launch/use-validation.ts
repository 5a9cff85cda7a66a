import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { validateRecipe, type Written } from "@/api/pipelines";
import { Refusal } from "@/api/problem";
import type { Change, StudyPlan, Validation } from "@/api/schema";
import { validateStudy } from "@/api/studies";
import { type Arms, gridOf, isStudy, mostAtOnceOf } from "./arms";
import { same } from "./same";

const PAUSE = 350;

/** A recipe, and what is varied of it. */
export interface Order extends Written {
  arms: Arms;
}

/** What the server says about a recipe, or about a study of it. */
export interface Checked extends Pick<Validation, "valid" | "problems" | "runs"> {
  changes?: readonly Change[];
  /** What the arms come to; there is none of a single recipe. */
  plan?: StudyPlan;
}

/** What the server says about a recipe and its arms, asked once their writer has paused. */
export function useValidation(written: Order) {
  const [settled, setSettled] = useState(written);
  const isSettled = same(settled, written);
  useEffect(() => {
    const timer = setTimeout(() => !isSettled && setSettled(written), PAUSE);
    return () => clearTimeout(timer);
  }, [written, isSettled]);
  const query = useQuery(
    queryOptions({
      queryKey: ["validation", settled],
      queryFn: ({ signal }) => check(settled, signal),
      placeholderData: keepPreviousData,
      staleTime: 10_000,
      gcTime: 60_000,
    }),
  );
  const changes = useLastChanges(query.data?.valid ? query.data.changes : undefined);
  return { ...query, changes, isChecking: !isSettled || query.isFetching };
}

async function check({ arms, ...written }: Order, signal: AbortSignal): Promise<Checked> {
  if (!isStudy(arms)) {
    return validateRecipe(written, signal);
  }
  const wrong = (problems: Checked["problems"]) => ({ valid: false, problems, runs: [] });
  let grid: ReturnType<typeof gridOf>;
  try {
    grid = gridOf(arms);
  } catch (error) {
    return wrong([{ field: "", message: (error as Error).message }]);
  }
  try {
    const order = { recipe: written.text, grid, most_at_once: mostAtOnceOf(arms) };
    const plan = await validateStudy(order, signal);
    return { ...plan, plan };
  } catch (error) {
    // An arm that is still being written, such as one without a name, is no grid yet.
    if (error instanceof Refusal && error.fields.length > 0) {
      return wrong(error.fields);
    }
    throw error;
  }
}

/** What is changed stays marked while the recipe is wrong somewhere. */
function useLastChanges(known: readonly Change[] | undefined): readonly Change[] {
  const [last, setLast] = useState<readonly Change[]>([]);
  if (known && known !== last) {
    setLast(known);
  }
  return known ?? last;
}
