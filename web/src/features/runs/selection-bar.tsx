import { Archive, ArchiveRestore, Ban, Download, GitCompareArrows, Tag, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { labelRun } from "@/api/labels";
import { deleteForGood } from "@/api/retention";
import { orderRun } from "@/api/runs";
import type { RunSnapshot } from "@/api/schema";
import { useAdministersAny } from "@/api/session";
import { isFinal } from "@/components/run-state";
import { useShortcuts } from "@/components/shortcuts";
import { TagInput } from "@/components/tag-input";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Popover } from "@/components/ui/popover";
import { download, toCsv } from "./csv";
import { DeleteRuns } from "./delete-runs";
import type { RunColumn } from "./run-columns";
import type { Deed } from "./use-bulk";

interface SelectionBarProps {
  runs: readonly RunSnapshot[];
  columns: readonly RunColumn[];
  onCompare: (ids: string[]) => void;
  onClear: () => void;
  onDeed: (runs: readonly RunSnapshot[], deed: Deed) => void;
  /** How far what is being done to the runs has got. */
  busy: string | undefined;
  onGone: (id: string) => void;
}

/** What can be done with the chosen runs; it floats, so that no row moves when it comes. */
export function SelectionBar({ runs, columns, onCompare, onClear, ...rest }: SelectionBarProps) {
  const { onDeed, busy, onGone } = rest;
  const isBusy = busy !== undefined;
  const administers = useAdministersAny();
  const going = runs.filter(({ state }) => !isFinal(state));
  const compare = () => onCompare(runs.map(({ id }) => id));
  useShortcuts("Chosen runs", {
    c: { does: "Compare", run: compare },
    Escape: { does: "Choose none", run: onClear },
  });
  return (
    <section
      aria-label="Chosen runs"
      data-testid="selection"
      className="absolute inset-x-2 bottom-4 z-20 mx-auto flex w-fit flex-wrap items-center gap-2 rounded-panel border border-line bg-raised px-3 py-2 shadow-float"
    >
      <span className="font-medium whitespace-nowrap" role="status">
        {busy ?? `${runs.length} chosen`}
      </span>
      <Button disabled={runs.length < 2} onClick={compare}>
        <GitCompareArrows aria-hidden /> Compare
      </Button>
      <TagButton
        onTags={(tags, has) =>
          onDeed(runs, {
            done: has ? "Tagged" : "Tag taken off",
            act: (run) => labelRun(run.id, { tags: changed(run.tags, tags, has) }),
          })
        }
      />
      <Confirm
        trigger={
          <Button variant="danger" disabled={going.length === 0} busy={isBusy}>
            <Ban aria-hidden /> Cancel
          </Button>
        }
        title={`Cancel ${going.length === 1 ? "a run" : `${going.length} runs`}?`}
        description="They end within seconds, and runs that wait for their checkpoints are cancelled too. What was measured so far stays."
        action="Cancel them"
        onConfirm={() =>
          onDeed(going, { done: "Cancelled", act: (run) => orderRun(run.id, "cancel") })
        }
      />
      <ArchiveButtons runs={runs} isBusy={isBusy} onDeed={onDeed} />
      {administers && (
        <DeleteRuns
          runs={runs}
          busy={isBusy}
          onDelete={(chosen) =>
            onDeed(chosen, {
              done: "Deleted",
              inOrder: true,
              act: async ({ id }) => {
                await deleteForGood({ kind: "run", id });
                onGone(id);
                return undefined;
              },
            })
          }
        />
      )}
      <Button onClick={() => download("runs.csv", toCsv(columns, runs))}>
        <Download aria-hidden /> CSV
      </Button>
      <Button variant="quiet" size="icon" aria-label="Choose none" onClick={onClear}>
        <X />
      </Button>
    </section>
  );
}

/** Out of sight, or back into it; what goes on stays in sight. */
function ArchiveButtons({
  runs,
  isBusy,
  onDeed,
}: Pick<SelectionBarProps, "runs" | "onDeed"> & { isBusy: boolean }) {
  const shown = runs.filter((run) => isFinal(run.state) && !run.archived_at);
  const hidden = runs.filter(({ archived_at }) => archived_at);
  return (
    <>
      {(hidden.length === 0 || shown.length > 0) && (
        <Button
          disabled={shown.length === 0}
          busy={isBusy}
          onClick={() =>
            onDeed(shown, { done: "Archived", act: (run) => orderRun(run.id, "archive") })
          }
        >
          <Archive aria-hidden /> Archive
        </Button>
      )}
      {hidden.length > 0 && (
        <Button
          busy={isBusy}
          onClick={() =>
            onDeed(hidden, { done: "Unarchived", act: (run) => orderRun(run.id, "unarchive") })
          }
        >
          <ArchiveRestore aria-hidden /> Unarchive
        </Button>
      )}
    </>
  );
}

function changed(present: readonly string[], tags: readonly string[], has: boolean): string[] {
  return has ? [...new Set([...present, ...tags])] : present.filter((tag) => !tags.includes(tag));
}

interface TagButtonProps {
  onTags: (tags: string[], has: boolean) => void;
}

function TagButton({ onTags }: TagButtonProps) {
  const [isOpen, setOpen] = useState(false);
  const [tags, setTags] = useState<string[]>([]);
  const give = (has: boolean) => {
    onTags(tags, has);
    setTags([]);
    setOpen(false);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    give(true);
  };
  return (
    <Popover
      label="Tags of the chosen runs"
      open={isOpen}
      onOpenChange={setOpen}
      trigger={
        <Button>
          <Tag aria-hidden /> Tag
        </Button>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <TagInput label="Tags" tags={tags} onChange={setTags} />
        <div className="flex gap-2">
          <Button type="submit" variant="primary" disabled={tags.length === 0}>
            Add
          </Button>
          <Button disabled={tags.length === 0} onClick={() => give(false)}>
            Take off
          </Button>
        </div>
      </form>
    </Popover>
  );
}
