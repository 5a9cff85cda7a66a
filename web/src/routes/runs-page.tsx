import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { PipelineTable } from "@/features/pipelines/pipeline-table";
import type { ListSearch } from "@/features/runs/list-search";
import { RunTable } from "@/features/runs/run-table";

const route = getRouteApi("/signed-in/runs");

export function RunsPage() {
  const { view = "pipelines", ...search } = route.useSearch();
  const navigate = route.useNavigate();
  const onSearch = useCallback(
    (changed: ListSearch) => void navigate({ search: { view: "runs", ...changed }, replace: true }),
    [navigate],
  );
  return (
    <>
      <h1 className="sr-only">Runs</h1>
      <Tabs
        value={view}
        onValueChange={(chosen) =>
          void navigate({ search: chosen === "runs" ? { view: "runs" } : {}, replace: true })
        }
      >
        <TabsList aria-label="What to list">
          <TabsTrigger value="pipelines">Pipelines</TabsTrigger>
          <TabsTrigger value="runs">Single runs</TabsTrigger>
        </TabsList>
        <TabsContent value="pipelines" className="pt-3">
          <PipelineTable />
        </TabsContent>
        <TabsContent value="runs" className="pt-3">
          <RunTable search={search} onSearch={onSearch} />
        </TabsContent>
      </Tabs>
    </>
  );
}
