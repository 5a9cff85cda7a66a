import { Archive, Ban, Download, GitCompareArrows, Tag, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { labelRun } from "@/api/labels";
import { orderRun } from "@/api/runs";
import type { RunSnapshot } from "@/api/schema";
import { isFinal } from "@/components/run-state";
import { useShortcuts } from "@/components/shortcuts";
import { TagInput } from "@/components/tag-input";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Popover } from "@/components/ui/popover";
import { download, toCsv } from "./csv";
import type { RunColumn } from "./run-columns";
import { useBulk } from "./use-bulk";

interface SelectionBarProps {
  runs: readonly RunSnapshot[];
  columns: readonly RunColumn[];
  onCompare: (ids: string[]) => void;
  onClear: () => void;
}

/** What can be done with the chosen runs; it floats, so that no row moves when it comes. */
export function SelectionBar({ runs, columns, onCompare, onClear }: SelectionBarProps) {
  const bulk = useBulk();
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
      className="absolute bottom-4 left-1/2 z-20 flex max-w-full -translate-x-1/2 flex-wrap items-center gap-2 rounded-panel border border-line bg-raised px-3 py-2 shadow-float"
    >
      <span className="font-medium whitespace-nowrap" role="status">
        {runs.length} chosen
      </span>
      <Button disabled={runs.length < 2} onClick={compare}>
        <GitCompareArrows aria-hidden /> Compare
      </Button>
      <TagButton
        onTags={(tags, has) =>
          bulk.mutate({
            runs,
            deed: {
              done: has ? "Tagged" : "Tag taken off",
              act: (run) => labelRun(run.id, { tags: changed(run.tags, tags, has) }),
            },
          })
        }
      />
      <Confirm
        trigger={
          <Button variant="danger" disabled={going.length === 0 || bulk.isPending}>
            <Ban aria-hidden /> Cancel
          </Button>
        }
        title={`Cancel ${going.length === 1 ? "a run" : `${going.length} runs`}?`}
        description="They end within seconds, and runs that wait for their checkpoints are cancelled too. What was measured so far stays."
        action="Cancel them"
        onConfirm={() =>
          bulk.mutate({
            runs: going,
            deed: { done: "Cancelled", act: (run) => orderRun(run.id, "cancel") },
          })
        }
      />
      <Button
        disabled={going.length === runs.length || bulk.isPending}
        onClick={() =>
          bulk.mutate({
            runs: runs.filter(({ state }) => isFinal(state)),
            deed: { done: "Archived", act: (run) => orderRun(run.id, "archive") },
          })
        }
      >
        <Archive aria-hidden /> Archive
      </Button>
      <Button onClick={() => download("runs.csv", toCsv(columns, runs))}>
        <Download aria-hidden /> CSV
      </Button>
      <Button variant="quiet" size="icon" aria-label="Choose none" onClick={onClear}>
        <X />
      </Button>
    </section>
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
