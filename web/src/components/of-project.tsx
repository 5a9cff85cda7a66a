import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { projectsQuery } from "@/api/access";
import { Failure } from "./failure";
import { Outline } from "./ui/outline";
import { Select } from "./ui/select";

/** What belongs to one project, with a choice where there are several. */
export function OfProject({ children }: { children: (projectId: string) => ReactNode }) {
  const { data, error, refetch } = useQuery(projectsQuery);
  const [chosen, setChosen] = useState<string>();
  const project = data?.data.find(({ id }) => id === chosen) ?? data?.data[0];
  if (error && !data) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (!project) {
    return data ? (
      <p className="text-muted">You are in no project yet.</p>
    ) : (
      <Outline className="h-96" />
    );
  }
  return (
    <div className="flex flex-col gap-4">
      {data && data.data.length > 1 && (
        <Select
          aria-label="Project"
          className="max-w-72"
          value={project.id}
          onChange={(event) => setChosen(event.target.value)}
        >
          {data.data.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      )}
      {children(project.id)}
    </div>
  );
}
