import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { catalogQuery } from "@/api/catalog";
import { datasetsQuery, modelsQuery } from "@/api/registry";
import type { Catalog } from "@/api/schema";
import { CopyButton } from "@/components/copy-button";
import { Failure } from "@/components/failure";
import { Segmented } from "@/components/ui/segmented";
import { CheckPanel } from "./check-panel";
import { COPIES } from "./copies";
import { type Draft, loadDraft, saveDraft } from "./draft";
import { FormContext } from "./form-context";
import { runsOf } from "./new-run";
import { RecipeForm } from "./recipe-form";
import { RecipePicker } from "./recipe-picker";
import { type RecipeObject, readRecipe, withRunRenamed } from "./recipe-text";
import type { SchemaNode } from "./schema-node";
import { useLaunch } from "./use-launch";
import { useValidation } from "./use-validation";
import { withSetting } from "./with-setting";
import { YamlEditor } from "./yaml-editor";

interface LaunchPageProps {
  /** A vetted recipe that a link asks for; it wins over the draft. */
  wanted: string | undefined;
  onLaunched: (pipelineId: string) => void;
}

export function LaunchPage(props: LaunchPageProps) {
  const { data: catalog, error, refetch } = useQuery(catalogQuery);
  const models = useQuery(modelsQuery);
  const datasets = useQuery(datasetsQuery);
  const failed = error ?? models.error ?? datasets.error;
  if (failed) {
    return <Failure error={failed} onRetry={() => void refetch()} />;
  }
  if (!catalog || !models.data || !datasets.data) {
    return <p className="text-muted">Loading …</p>;
  }
  return (
    <Launch
      {...props}
      catalog={catalog}
      models={models.data.data.map(({ name }) => name)}
      datasets={datasets.data.data.map(({ name }) => name)}
    />
  );
}

type View = "form" | "yaml";

const VIEWS = [
  { value: "form", label: "Form" },
  { value: "yaml", label: "YAML" },
] as const;

interface LaunchProps extends LaunchPageProps {
  catalog: Catalog;
  models: string[];
  datasets: string[];
}

function Launch({ catalog, models, datasets, wanted, onLaunched }: LaunchProps) {
  const [draft, setDraft] = useState(() => firstDraft(catalog, wanted, datasets));
  const [view, setView] = useState<View>("form");
  const { text } = draft;
  useEffect(() => saveDraft(draft), [draft]);
  const { data: validation, error, isChecking } = useValidation(text);
  const launch = useLaunch(onLaunched);
  const { recipe, unreadable } = readRecipe(text);
  const problems = launch.problems ?? validation?.problems ?? [];
  const write = (changed: string) => {
    launch.reset();
    setDraft({ ...draft, text: changed });
  };
  const root = catalog.schema as SchemaNode;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <RecipePicker catalog={catalog} draft={draft} onPick={setDraft} />
        <Segmented label="View" value={view} options={VIEWS} onChange={setView} />
        <div className="ml-auto flex items-center gap-1.5">
          <span className="text-muted max-sm:hidden">Copy as</span>
          {COPIES.map(({ label, write: copy }) => (
            <CopyButton key={label} label={label} text={() => copy(text, window.location.origin)} />
          ))}
        </div>
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
        {view === "yaml" ? (
          <YamlEditor text={text} onChange={write} />
        ) : unreadable ? (
          <p role="alert" className="rounded-panel border border-line bg-bad-soft px-4 py-3">
            The YAML cannot be read, so there is no form. {unreadable} Repair it under YAML.
          </p>
        ) : (
          <FormContext
            value={{
              root,
              recipe,
              problems,
              kinds: catalog.kinds,
              models,
              datasets,
              change: (path, value) => write(withSetting(text, path, value, root)),
            }}
          >
            <RecipeForm onRename={(from, to) => write(withRunRenamed(text, from, to))} />
          </FormContext>
        )}
        <CheckPanel
          validation={validation}
          problems={problems}
          error={launch.error ?? error}
          isChecking={isChecking}
          isLaunching={launch.isPending}
          onLaunch={() => launch.start(text)}
        />
      </div>
    </div>
  );
}

/** What was asked for, else the draft that was left, else a recipe whose data is at hand. */
function firstDraft(catalog: Catalog, wanted: string | undefined, datasets: string[]): Draft {
  const asked = catalog.recipes.find(({ name }) => name === wanted);
  const stored = loadDraft();
  if (stored && (!asked || stored.startedFrom === asked.name)) {
    return stored;
  }
  const ready = catalog.recipes.find(({ yaml }) => hasData(readRecipe(yaml).recipe, datasets));
  const recipe = asked ?? ready ?? catalog.recipes[0];
  return { text: recipe?.yaml ?? "name: \nruns: {}\n", startedFrom: recipe?.name ?? "" };
}

function hasData(recipe: RecipeObject, datasets: string[]): boolean {
  return Object.values(runsOf(recipe)).every((run) => datasets.includes(String(run.data)));
}
