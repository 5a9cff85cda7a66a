import { useQueries } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useMemo } from "react";
import { pipelineQuery } from "@/api/pipelines";
import { runQuery } from "@/api/runs";
import type { PipelineSnapshot, RunSnapshot } from "@/api/schema";
import { type ComparedRun, groupsOf } from "@/components/compared-run";
import { Failure } from "@/components/failure";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { Toggle } from "@/components/ui/toggle";
import { comparedRuns } from "@/features/compare/compared-runs";
import { RunKey } from "@/features/compare/run-key";
import { SettingTable } from "@/features/compare/setting-table";
import type { Zoom } from "@/features/metrics/chart";
import { ComparedCharts } from "@/features/metrics/compared-charts";
import { USUAL_SMOOTHING } from "@/features/metrics/smoothing";
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
  const runs = useQueries({ queries: ids.map(runQuery) });
  const pipelineIds = runs.map(({ data }) => data?.pipeline_id);
  const wanted = [...new Set(pipelineIds.flatMap((id) => id ?? []))];
  const pipelines = useQueries({ queries: wanted.map(pipelineQuery) });
  const failed = [...runs, ...pipelines].find(({ error }) => error)?.error;
  const found = together(
    runs.flatMap(({ data }) => data ?? []),
    pipelines.flatMap(({ data }) => data ?? []),
  );
  if (failed) {
    return <Failure error={failed} />;
  }
  return found.length === ids.length ? (
    <Compared runs={comparedRuns(found)} />
  ) : (
    <p className="text-muted">Loading …</p>
  );
}

function together(runs: readonly RunSnapshot[], pipelines: readonly PipelineSnapshot[]) {
  return runs.flatMap((run) => {
    const pipeline = pipelines.find(({ id }) => id === run.pipeline_id);
    return pipeline ? [{ run, pipeline }] : [];
  });
}

function Compared({ runs }: { runs: readonly ComparedRun[] }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (changed: Partial<CompareSearch>) =>
    void navigate({ search: (now) => ({ ...now, ...changed }), replace: true });
  const foldable = groupsOf(runs, true).length < runs.length;
  const fold = foldable && !search.apart;
  const groups = groupsOf(runs, fold);
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
      <Section title="Settings that differ">
        <SettingTable groups={groups} />
      </Section>
      <Section title="Curves" aside={<CurveControls search={search} onChange={change} />}>
        <ComparedCharts
          groups={groups}
          view={{
            axis: search.axis ?? "step",
            smoothing: search.smooth ? USUAL_SMOOTHING : 0,
            log: search.log === true,
          }}
          zoom={zoomOf(search)}
          onZoom={(zoom) => change({ stretch: zoom?.map(rounded).join("-") })}
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
    </div>
  );
}

function zoomOf({ stretch }: CompareSearch): Zoom | undefined {
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
  const zoom = zoomOf(search);
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
