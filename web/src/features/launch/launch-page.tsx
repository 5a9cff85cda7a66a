import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { stringify } from "yaml";
import { catalogQuery } from "@/api/catalog";
import { forkDraftQuery } from "@/api/pipelines";
import { prefix } from "@/api/prefix";
import { datasetsQuery, modelsQuery } from "@/api/registry";
import type { Catalog, DatasetSnapshot, ForkedFrom } from "@/api/schema";
import { CopyButton } from "@/components/copy-button";
import { Failure } from "@/components/failure";
import { Outline } from "@/components/ui/outline";
import { Segmented } from "@/components/ui/segmented";
import { ArmBuilder } from "./arm-builder";
import { NO_ARMS } from "./arms";
import { CheckPanel } from "./check-panel";
import { COPIES } from "./copies";
import { DataPreview } from "./data-preview";
import { type Draft, loadDraft, sameOrigin, saveDraft } from "./draft";
import { FormContext } from "./form-context";
import { runsOf } from "./new-run";
import { RecipeForm } from "./recipe-form";
import { RecipePicker } from "./recipe-picker";
import { type RecipeObject, readRecipe, withRunRenamed } from "./recipe-text";
import type { SchemaNode } from "./schema-node";
import { StartStep } from "./start-step";
import { type Launched, useLaunch } from "./use-launch";
import { useValidation } from "./use-validation";
import { withSetting } from "./with-setting";
import { YamlEditor } from "./yaml-editor";

interface LaunchPageProps {
  /** A vetted recipe that a link asks for; it wins over the draft. */
  wanted: string | undefined;
  /** A past run or pipeline that is to be launched again with changes; it wins over both. */
  origin: ForkedFrom | undefined;
  onLaunched: (launched: Launched) => void;
}

export function LaunchPage(props: LaunchPageProps) {
  const { data: catalog, error, refetch } = useQuery(catalogQuery);
  const models = useQuery(modelsQuery);
  const datasets = useQuery(datasetsQuery);
  const fork = useFork(props.origin);
  const failed = error ?? models.error ?? datasets.error ?? fork.error;
  if (failed) {
    return <Failure error={failed} onRetry={() => void refetch()} />;
  }
  if (!catalog || !models.data || !datasets.data || fork.isPending) {
    return <Outline className="min-h-dvh" />;
  }
  return (
    <Launch
      {...props}
      catalog={catalog}
      models={models.data.data.map(({ name }) => name)}
      registered={datasets.data.data}
      fork={fork.draft}
      steps={fork.steps}
    />
  );
}

/** What a fork begins as, once it is known. */
function useFork(asked: ForkedFrom | undefined) {
  // A draft that was left may itself be a fork.
  const [origin] = useState(() => asked ?? loadDraft()?.forkedFrom);
  const { data, error } = useQuery({
    ...forkDraftQuery(origin ?? { alone: false }),
    enabled: origin !== undefined,
  });
  const draft = useMemo(
    (): Draft | undefined =>
      data && origin
        ? {
            text: stringify(data.recipe, { lineWidth: 100 }),
            startedFrom: `fork of ${origin.run_id ?? origin.pipeline_id}`,
            forkedFrom: origin,
          }
        : undefined,
    [data, origin],
  );
  // A draft whose origin was deleted can still be launched, as a recipe of its own.
  const isFatal = asked !== undefined;
  return {
    draft,
    steps: data?.steps ?? [],
    error: isFatal ? error : null,
    isPending: origin !== undefined && !data && !error,
  };
}

type View = "form" | "yaml";

const VIEWS = [
  { value: "form", label: "Form" },
  { value: "yaml", label: "YAML" },
] as const;

interface LaunchProps extends LaunchPageProps {
  catalog: Catalog;
  models: string[];
  registered: readonly DatasetSnapshot[];
  fork: Draft | undefined;
  steps: readonly number[];
}

function Launch({ catalog, models, registered, fork, steps, ...props }: LaunchProps) {
  const { wanted, origin, onLaunched } = props;
  const datasets = registered.map(({ name }) => name);
  const [draft, setDraft] = useState(() =>
    origin && fork ? forkDraft(fork) : firstDraft(catalog, wanted, datasets, fork),
  );
  const [view, setView] = useState<View>("form");
  const { text, forkedFrom } = draft;
  // A fork goes on from one checkpoint; arms would each need one of their own.
  const arms = (!forkedFrom && draft.arms) || NO_ARMS;
  useEffect(() => saveDraft(draft), [draft]);
  const {
    data: validation,
    error,
    changes,
    isChecking,
  } = useValidation({ text, forkedFrom, arms });
  const launch = useLaunch(onLaunched);
  const { recipe, unreadable } = readRecipe(text);
  const problems = launch.problems ?? validation?.problems ?? [];
  const edit = (changed: Draft) => {
    launch.reset();
    setDraft(changed);
  };
  const write = (changed: string) => edit({ ...draft, text: changed });
  const root = catalog.schema as SchemaNode;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <RecipePicker catalog={catalog} draft={draft} fork={fork} onPick={edit} />
        {forkedFrom?.run_id && (
          <StartStep
            origin={forkedFrom}
            steps={steps}
            onChange={(changed) => edit({ ...draft, forkedFrom: changed })}
          />
        )}
        <Segmented label="View" value={view} options={VIEWS} onChange={setView} />
        <div className="ml-auto flex items-center gap-1.5">
          <span className="text-muted max-sm:hidden">Copy as</span>
          {COPIES.map(({ label, write: copy }) => (
            <CopyButton
              key={label}
              label={label}
              text={() => copy({ text, forkedFrom, arms }, `${window.location.origin}${prefix}`)}
            />
          ))}
        </div>
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="flex min-w-0 flex-col gap-3">
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
                changes: forkedFrom ? changes : [],
                kinds: catalog.kinds,
                models,
                datasets,
                change: (path, value) => write(withSetting(text, path, value, root)),
              }}
            >
              <RecipeForm onRename={(from, to) => write(withRunRenamed(text, from, to))} />
            </FormContext>
          )}
          {!forkedFrom && (
            <ArmBuilder
              arms={arms}
              recipe={recipe}
              root={root}
              onChange={(changed) => edit({ ...draft, arms: changed })}
            />
          )}
          <DataPreview recipe={recipe} datasets={registered} />
        </div>
        <CheckPanel
          validation={validation}
          problems={problems}
          changes={forkedFrom && changes}
          error={launch.error ?? error}
          isChecking={isChecking}
          isLaunching={launch.isPending}
          onLaunch={() => launch.start({ text, forkedFrom, arms })}
        />
      </div>
    </div>
  );
}

/** The fork that was asked for, with the changes that were made to it before a reload. */
function forkDraft(fork: Draft): Draft {
  const stored = loadDraft();
  return stored && sameOrigin(stored.forkedFrom, fork.forkedFrom) ? stored : fork;
}

/** What it reads is generated, so that whoever has no data yet can begin with it. */
const FIRST_RECIPE = "miniature";

/** What was asked for, else the draft that was left, else a recipe that can be launched soonest. */
function firstDraft(
  catalog: Catalog,
  wanted: string | undefined,
  datasets: string[],
  fork: Draft | undefined,
): Draft {
  const asked = catalog.recipes.find(({ name }) => name === wanted);
  const stored = loadDraft();
  if (stored && (!asked || stored.startedFrom === asked.name)) {
    return stored.forkedFrom && !fork ? { ...stored, forkedFrom: undefined } : stored;
  }
  const ready = catalog.recipes.find(({ yaml }) => hasData(readRecipe(yaml).recipe, datasets));
  const first = catalog.recipes.find(({ name }) => name === FIRST_RECIPE);
  const recipe = asked ?? ready ?? first ?? catalog.recipes[0];
  return { text: recipe?.yaml ?? "name: \nruns: {}\n", startedFrom: recipe?.name ?? "" };
}

function hasData(recipe: RecipeObject, datasets: string[]): boolean {
  return Object.values(runsOf(recipe)).every((run) => datasets.includes(String(run.data)));
}
