import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { explain } from "@/api/problem";
import type { StorageUse } from "@/api/schema";
import { setStorageQuota } from "@/api/storage";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { readGib, typedGib } from "./gib";

/** How much a project may have in the artifact store. */
export function StorageQuotaForm({ use }: { use: StorageUse }) {
  const queryClient = useQueryClient();
  // Taken once: asking again while somebody types must not undo what was typed.
  const [text, setText] = useState(typedGib(use.max_artifact_bytes));
  const wanted = readGib(text);
  const set = useMutation({
    mutationFn: (bytes: number | null) => setStorageQuota(use.project_id, bytes),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["storage"] }),
  });
  const isSame = text.trim() === typedGib(use.max_artifact_bytes);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (wanted !== undefined) {
      set.mutate(wanted);
    }
  };
  return (
    <form onSubmit={submit} className="flex flex-wrap items-end gap-2">
      <Field label="Limit in GiB">
        <Input
          inputMode="decimal"
          className="w-32"
          placeholder="no limit"
          aria-invalid={wanted === undefined}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </Field>
      <Button type="submit" disabled={wanted === undefined || isSame} busy={set.isPending}>
        Set
      </Button>
      {set.error && (
        <span className="text-bad" role="alert">
          {explain(set.error).happened}
        </span>
      )}
    </form>
  );
}
