import { createContext, useContext } from "react";
import type { Change, KindMeaning } from "@/api/schema";
import type { Problems } from "./problems";
import type { Path, RecipeObject } from "./recipe-text";
import type { SchemaNode } from "./schema-node";

/** What every field of the form needs to know. */
interface FormKnowledge {
  root: SchemaNode;
  recipe: RecipeObject;
  problems: Problems;
  /** In what a fork differs from what it repeats. */
  changes: readonly Change[];
  kinds: readonly KindMeaning[];
  models: readonly string[];
  datasets: readonly string[];
  change: (path: Path, value: unknown) => void;
}

export const FormContext = createContext<FormKnowledge | null>(null);

export function useForm(): FormKnowledge {
  const knowledge = useContext(FormContext);
  if (!knowledge) {
    throw new Error("a field needs a form around it");
  }
  return knowledge;
}
