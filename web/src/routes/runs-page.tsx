import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";
import { viewsQuery } from "@/api/views";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { PipelineTable } from "@/features/pipelines/pipeline-table";
import { type ListSearch, searchOf } from "@/features/runs/list-search";
import { RunTable } from "@/features/runs/run-table";
import { useSavedView, ViewActions } from "@/features/runs/saved-views";
import { StudyList } from "@/features/studies/study-list";

const route = getRouteApi("/signed-in/runs");

/** Pipelines, all runs, and every saved view of them as a tab. */
export function RunsPage() {
  const { view = "pipelines", ...search } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: views = [] } = useQuery(viewsQuery);
  const saved = useSavedView(search);
  const onSearch = useCallback(
    (changed: ListSearch) => void navigate({ search: { view: "runs", ...changed }, replace: true }),
    [navigate],
  );
  const tab = view === "runs" ? (saved?.id ?? "runs") : view;
  const choose = (chosen: string) => {
    const other = views.find(({ id }) => id === chosen);
    if (chosen === "pipelines" || chosen === "studies") {
      void navigate({ search: chosen === "studies" ? { view: chosen } : {}, replace: true });
    } else {
      onSearch(other ? searchOf(other, other.id) : {});
    }
  };
  const onCompare = (ids: string[]) =>
    void navigate({ to: "/compare", search: { runs: ids.join(",") } });
  return (
    <>
      <h1 className="sr-only">Runs</h1>
      <Tabs value={tab} onValueChange={choose}>
        <div className="flex flex-wrap items-end justify-between gap-x-4 border-b border-line">
          <TabsList aria-label="What to list" className="-mb-px border-0 max-sm:w-full">
            <TabsTrigger value="pipelines">Pipelines</TabsTrigger>
            <TabsTrigger value="studies">Studies</TabsTrigger>
            <TabsTrigger value="runs">All runs</TabsTrigger>
            {views.map(({ id, name }) => (
              <TabsTrigger key={id} value={id}>
                {name}
              </TabsTrigger>
            ))}
          </TabsList>
          {view === "runs" && (
            <div className="py-0.5">
              <ViewActions search={search} onSearch={onSearch} />
            </div>
          )}
        </div>
        <TabsContent value={tab} className="pt-3">
          {view === "pipelines" && <PipelineTable />}
          {view === "studies" && <StudyList />}
          {view === "runs" && (
            <RunTable search={search} onSearch={onSearch} onCompare={onCompare} />
          )}
        </TabsContent>
      </Tabs>
    </>
  );
}
