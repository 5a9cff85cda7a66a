import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { patchesQuery } from "@/api/environments";
import type { Code } from "@/api/schema";
import { CodeLines } from "@/components/code-lines";
import { CopyButton } from "@/components/copy-button";
import { Failure } from "@/components/failure";
import { Button } from "@/components/ui/button";
import { Outline } from "@/components/ui/outline";

interface CodeDifferenceProps {
  runId: string;
  attempt: number;
  code: Code;
}

/** In what the code differs from its commit, and what no commit knows. */
export function CodeDifference({ runId, attempt, code }: CodeDifferenceProps) {
  const [open, setOpen] = useState(false);
  const files = code.changed.length;
  return (
    <div className="flex flex-col gap-1.5 border-t border-line px-4 py-2 text-small">
      {files > 0 && (
        <div className="flex flex-wrap items-center gap-2">
          <Button size="small" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? "Hide" : "Show"} the difference in {files} {files === 1 ? "file" : "files"}
          </Button>
          {code.diff_cut && (
            <span className="text-warn">Not all of it was kept: it is long, or may be secret.</span>
          )}
        </div>
      )}
      {open && <Patches runId={runId} attempt={attempt} />}
      {code.untracked.length > 0 && (
        <p className="break-words text-muted">
          Not under version control, so that only the names are known:{" "}
          <span className="tabular">{code.untracked.join(", ")}</span>
        </p>
      )}
    </div>
  );
}

function Patches({ runId, attempt }: { runId: string; attempt: number }) {
  const { data, error } = useQuery(patchesQuery(runId, attempt));
  if (error) {
    return <Failure error={error} />;
  }
  if (!data) {
    return <Outline className="h-24" />;
  }
  return (
    <div className="flex flex-col gap-2" data-testid="patches">
      <span>
        <CopyButton label="patch" text={() => data.patches.map(({ text }) => text).join("")} />
      </span>
      {data.patches.map(({ path, text, cut }) => (
        <details
          key={path}
          open={data.patches.length === 1}
          className="rounded-panel border border-line"
        >
          <summary className="tabular cursor-pointer px-3 py-1.5 break-all">
            {path}
            {cut && <span className="text-warn"> {text ? "the beginning" : "not kept"}</span>}
          </summary>
          {text && <CodeLines text={text} label={`Difference in ${path}`} />}
        </details>
      ))}
    </div>
  );
}
