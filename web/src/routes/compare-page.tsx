import { useQueries, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useMemo, useState } from "react";
import { catalogQuery } from "@/api/catalog";
import { comparisonQuery, sharedSamplesQuery } from "@/api/compare";
import { environmentQuery } from "@/api/environments";
import { panelsQuery } from "@/api/panels";
import { comparedPipelinesQueries } from "@/api/pipelines";
import type { PipelineSnapshot } from "@/api/schema";
import { type ComparedRun, groupsOf, type RunGroup } from "@/components/compared-run";
import { Failure } from "@/components/failure";
import { Button } from "@/components/ui/button";
import { Outline } from "@/components/ui/outline";
import { Segmented } from "@/components/ui/segmented";
import { Toggle } from "@/components/ui/toggle";
import { comparedRuns } from "@/features/compare/compared-runs";
import { RunKey } from "@/features/compare/run-key";
import { SettingTable } from "@/features/compare/setting-table";
import type { Zoom } from "@/features/metrics/chart";
import { ComparedCharts } from "@/features/metrics/compared-charts";
import { USUAL_SMOOTHING } from "@/features/metrics/smoothing";
import { useComparedCurves } from "@/features/metrics/use-compared-curves";
import { AXES, formatAlong } from "@/features/metrics/x-axis";
import { ComparedResults } from "@/features/results/compared-results";
import { SameItems } from "@/features/samples/same-items";
import type { CompareSearch } from "./compare";

const route = getRouteApi("/signed-in/compare");

export function ComparePage() {
  const { runs } = route.useSearch();
  const ids = useMemo(() => [...new Set(runs.split(",").filter(Boolean))], [runs]);
  return ids.length < 2 ? (
    <div className="flex max-w-[72ch] flex-col gap-2">
      <h1 className="text-title font-semibold">Compare</h1>
      <p className="text-muted">
        Choose two runs or more in the{" "}
        <Link to="/runs" search={{ view: "runs" }} className="text-accent hover:underline">
          list of runs
        </Link>
        , or open a study: both lead here.
      </p>
    </div>
  ) : (
    <Chosen ids={ids} />
  );
}

function Chosen({ ids }: { ids: readonly string[] }) {
  const answers = useQueries({ queries: comparedPipelinesQueries(ids) });
  const failed = answers.find(({ error }) => error)?.error;
  const found = together(
    ids,
    answers.flatMap(({ data }) => data?.data ?? []),
  );
  if (failed) {
    return <Failure error={failed} />;
  }
  return found.length === ids.length ? (
    <Compared runs={comparedRuns(found)} />
  ) : (
    <Outline className="min-h-dvh" />
  );
}

function together(ids: readonly string[], pipelines: readonly PipelineSnapshot[]) {
  return ids.flatMap((id) => {
    const pipeline = pipelines.find(({ runs }) => runs.some((run) => run.id === id));
    const run = pipeline?.runs.find((one) => one.id === id);
    return pipeline && run ? [{ run, pipeline }] : [];
  });
}

function Compared({ runs }: { runs: readonly ComparedRun[] }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (changed: Partial<CompareSearch>) =>
    void navigate({ search: (now) => ({ ...now, ...changed }), replace: true });
  const foldable = groupsOf(runs, true).length < runs.length;
  const fold = foldable && !search.apart;
  const groups = useMemo(() => groupsOf(runs, fold), [runs, fold]);
  const { axis = "step" } = search;
  const zoom = useMemo(() => zoomOf(search.stretch), [search.stretch]);
  const curves = useComparedCurves(groups, axis, zoom);
  const isComplete = useIsComplete(runs, groups, search);
  return (
    <div className="flex flex-col gap-5" data-testid="compare">
      <header className="flex flex-col gap-2">
        <div className="flex flex-wrap items-center gap-3">
          <h1 className="text-title font-semibold">Compare {runs.length} runs</h1>
          {foldable && (
            <Toggle
              pressed={fold}
              title="Seeds of one arm as their mean, with its 95% interval over seeds"
              onChange={(on) => change({ apart: on ? undefined : true })}
            >
              Fold seeds
            </Toggle>
          )}
        </div>
        <RunKey
          groups={groups}
          onRemove={({ members }) => {
            const gone = new Set(members.map(({ run }) => run.id));
            const left = runs.map(({ run }) => run.id).filter((id) => !gone.has(id));
            change({ runs: left.join(",") });
          }}
        />
      </header>
      {isComplete && curves ? (
        <>
          <Section title="Settings that differ">
            <SettingTable groups={groups} />
          </Section>
          <Section title="Curves" aside={<CurveControls search={search} onChange={change} />}>
            <ComparedCharts
              groups={groups}
              curves={curves}
              view={{
                axis,
                smoothing: search.smooth ? USUAL_SMOOTHING : 0,
                log: search.log === true,
              }}
              zoom={zoom}
              onZoom={(stretch) => change({ stretch: stretch?.map(rounded).join("-") })}
            />
          </Section>
          <Section title="Results">
            <ComparedResults
              runs={runs}
              fold={fold}
              baseline={search.baseline}
              onBaseline={(baseline) => change({ baseline })}
            />
          </Section>
          <Section title="The same items">
            <SameItems runs={runs} item={search.item} onItem={(item) => change({ item })} />
          </Section>
        </>
      ) : (
        <Outline what="the curves" className="min-h-dvh" />
      )}
    </div>
  );
}

/**
 * Whether everything that stands on the page was answered once.
 *
 * What came later would move what is below it; what is asked for anew keeps its place.
 */
function useIsComplete(
  runs: readonly ComparedRun[],
  groups: readonly RunGroup[],
  { baseline, item }: CompareSearch,
): boolean {
  const ids = runs.map(({ run }) => run.id);
  const firsts = groups.flatMap(({ members }) => members[0]?.run.id ?? []);
  const environments = useQueries({ queries: firsts.map((id) => environmentQuery(id)) });
  const others = [
    useQuery(catalogQuery),
    useQuery(panelsQuery(runs[0]?.run.project_id ?? "")),
    useQuery(comparisonQuery(ids, baseline)),
    useQuery(sharedSamplesQuery(ids, item)),
  ];
  const isAnswered = [...environments, ...others].every(({ isPending }) => !isPending);
  const [was, setWas] = useState(isAnswered);
  if (isAnswered && !was) {
    setWas(true);
  }
  return was;
}

function zoomOf(stretch: string | undefined): Zoom | undefined {
  const [from, to] = stretch?.split("-").map(Number) ?? [];
  return from !== undefined && to !== undefined && from < to ? [from, to] : undefined;
}

/** An address need not hold fractions of a thousandth. */
function rounded(place: number): number {
  return Math.round(1000 * place) / 1000;
}

interface CurveControlsProps {
  search: CompareSearch;
  onChange: (changed: Partial<CompareSearch>) => void;
}

function CurveControls({ search, onChange }: CurveControlsProps) {
  const { axis = "step", smooth, log } = search;
  const zoom = zoomOf(search.stretch);
  return (
    <span className="flex flex-wrap items-center gap-2">
      <Segmented
        label="Drawn over"
        value={axis}
        options={AXES}
        onChange={(chosen) =>
          onChange({ axis: chosen === "step" ? undefined : chosen, stretch: undefined })
        }
      />
      <Toggle pressed={smooth === true} onChange={(on) => onChange({ smooth: on || undefined })}>
        Smooth
      </Toggle>
      <Toggle pressed={log === true} onChange={(on) => onChange({ log: on || undefined })}>
        Log scale
      </Toggle>
      {zoom && (
        <Button size="small" onClick={() => onChange({ stretch: undefined })}>
          <X />
          {zoom.map((place) => formatAlong(axis, place)).join(" to ")}
        </Button>
      )}
    </span>
  );
}

interface SectionProps {
  title: string;
  aside?: React.ReactNode;
  children: React.ReactNode;
}

function Section({ title, aside, children }: SectionProps) {
  return (
    <section className="flex min-w-0 flex-col gap-2">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 className="text-lead font-semibold">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
