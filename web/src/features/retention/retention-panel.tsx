import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { previewRetention, retentionQuery, setRetention } from "@/api/retention";
import type { Retention } from "@/api/schema";
import { Failure } from "@/components/failure";
import { RemovalTable } from "@/components/removal-table";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Panel, PanelHeading } from "@/components/ui/panel";

const FIELDS: { key: keyof Retention; label: string; help: string }[] = [
  { key: "metrics_days", label: "Curves, days", help: "Last values and results always stay." },
  { key: "samples_days", label: "Samples, days", help: "With images that nothing else shows." },
  { key: "checkpoints_days", label: "Checkpoints, days", help: "Exported ones too." },
  { key: "checkpoints_kept", label: "Newest checkpoints", help: "Resumable ones of each run." },
];

/** How long a project keeps what its ended runs left behind. */
export function RetentionPanel({ projectId }: { projectId: string }) {
  const { data, error } = useQuery(retentionQuery(projectId));
  return (
    <Panel aria-label="Retention">
      <PanelHeading>Retention</PanelHeading>
      {error && <Failure error={error} />}
      {data && <RetentionForm key={projectId} projectId={projectId} kept={data} />}
    </Panel>
  );
}

function RetentionForm({ projectId, kept }: { projectId: string; kept: Retention }) {
  const queryClient = useQueryClient();
  const [policy, setPolicy] = useState(kept);
  const preview = useMutation({ mutationFn: () => previewRetention(projectId, policy) });
  const save = useMutation({
    mutationFn: () => setRetention(projectId, policy),
    onSettled: () => queryClient.invalidateQueries(retentionQuery(projectId)),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    preview.mutate();
  };
  const failed = preview.error ?? save.error;
  return (
    <form onSubmit={submit} className="flex flex-col gap-3 px-4 py-3">
      <p className="max-w-[72ch] text-muted">
        What ended runs left behind goes after so many days; empty is for ever. What a run that goes
        on, a descendant or a name needs stays.
      </p>
      <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
        {FIELDS.map(({ key, label, help }) => (
          <Field key={key} label={label} help={help}>
            <Input
              inputMode="numeric"
              pattern="[0-9]*"
              placeholder="for ever"
              value={policy[key] ?? ""}
              onChange={({ target }) => {
                preview.reset();
                save.reset();
                setPolicy({ ...policy, [key]: target.value ? Number(target.value) : null });
              }}
            />
          </Field>
        ))}
      </div>
      {failed && <Failure error={failed} />}
      {preview.data && (
        <div className="max-w-lg">
          <p className="mb-1 text-muted">This is what would go now:</p>
          <RemovalTable removal={preview.data} />
          {preview.data.kept.length > 0 && (
            <p className="mt-1 text-muted">
              {preview.data.kept.length} checkpoints stay because they are needed.
            </p>
          )}
        </div>
      )}
      <div className="flex items-center gap-2">
        <Button type="submit" busy={preview.isPending}>
          Dry run
        </Button>
        <Confirm
          trigger={
            <Button variant="primary" busy={save.isPending}>
              Save
            </Button>
          }
          title="Apply this policy from now on?"
          description="What it is against is deleted every hour, and there is no way back. A dry run says what that is."
          action="Apply"
          onConfirm={() => save.mutate()}
        />
        {save.isSuccess && <span className="text-good">Saved</span>}
      </div>
    </form>
  );
}
