import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { BookmarkPlus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { projectsQuery } from "@/api/access";
import type { ViewSnapshot } from "@/api/schema";
import { createView, deleteView, replaceView, viewsQuery } from "@/api/views";
import { Failure } from "@/components/failure";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Popover } from "@/components/ui/popover";
import { Select } from "@/components/ui/select";
import { isSame, type ListSearch, searchOf, viewOf } from "./list-search";

/** The saved view that the address names, if there is one. */
export function useSavedView({ saved }: ListSearch): ViewSnapshot | undefined {
  const { data: views } = useQuery(viewsQuery);
  return views?.find(({ id }) => id === saved);
}

interface ViewActionsProps {
  search: ListSearch;
  onSearch: (search: ListSearch) => void;
}

/** Keep what is looked at under a name, for everybody in the project; change or forget it. */
export function ViewActions({ search, onSearch }: ViewActionsProps) {
  const view = useSavedView(search);
  const queryClient = useQueryClient();
  const onSettled = () => queryClient.invalidateQueries(viewsQuery);
  const changed = useMutation({
    mutationFn: (known: ViewSnapshot) =>
      replaceView(known.project_id, known.id, { name: known.name, ...viewOf(search) }),
    onSettled,
  });
  const forgotten = useMutation({
    mutationFn: (known: ViewSnapshot) => deleteView(known.project_id, known.id),
    onSuccess: () => onSearch({}),
    onSettled,
  });
  const isChanged = view !== undefined && !isSame(searchOf(view, view.id), search);
  return (
    <div className="flex flex-wrap items-center gap-2">
      {view && isChanged && (
        <Button busy={changed.isPending} onClick={() => changed.mutate(view)}>
          Save changes
        </Button>
      )}
      <NewView search={search} onSearch={onSearch} />
      {view && (
        <Confirm
          trigger={<Button variant="quiet">Forget view</Button>}
          title={`Forget the view “${view.name}”?`}
          description="Nobody in the project has it any more. The runs stay."
          action="Forget it"
          onConfirm={() => forgotten.mutate(view)}
        />
      )}
      {(changed.error ?? forgotten.error) && <Failure error={changed.error ?? forgotten.error} />}
    </div>
  );
}

function NewView({ search, onSearch }: ViewActionsProps) {
  const queryClient = useQueryClient();
  const { data: projects } = useQuery(projectsQuery);
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<string>();
  const projectId = chosen ?? projects?.data[0]?.id;
  const made = useMutation({
    mutationFn: (project: string) => createView(project, { name, ...viewOf(search) }),
    onSuccess: async (view) => {
      setOpen(false);
      setName("");
      await queryClient.invalidateQueries(viewsQuery);
      onSearch(searchOf(view, view.id));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (projectId) {
      made.mutate(projectId);
    }
  };
  return (
    <Popover
      label="Save this view"
      open={isOpen}
      onOpenChange={setOpen}
      trigger={
        <Button>
          <BookmarkPlus aria-hidden /> Save view
        </Button>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Name of the view">
          <Input
            required
            maxLength={80}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        {projects && projects.data.length > 1 && (
          <Field label="For everybody in">
            <Select value={projectId} onChange={(event) => setChosen(event.target.value)}>
              {projects.data.map((project) => (
                <option key={project.id} value={project.id}>
                  {project.name}
                </option>
              ))}
            </Select>
          </Field>
        )}
        <p className="text-small text-muted">
          Filter, order and columns are kept as they are now; everybody in the project has the view
          as a tab.
        </p>
        {made.error && <Failure error={made.error} />}
        <Button type="submit" variant="primary" disabled={!projectId} busy={made.isPending}>
          Save
        </Button>
      </form>
    </Popover>
  );
}
