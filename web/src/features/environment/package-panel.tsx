import { useState } from "react";
import { CopyButton } from "@/components/copy-button";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { type FactRow, FactTable } from "./fact-table";

/** What changes numbers first; the others are folded. */
const FIRST = new Set([
  "accelerate",
  "deepspeed",
  "numpy",
  "peft",
  "pillow",
  "prism-control",
  "safetensors",
  "torch",
  "transformers",
  "vllm",
]);

interface PackagePanelProps {
  rows: readonly FactRow[];
  comparedWith: string | undefined;
}

/** All installed packages: the main ones and what differs, or what somebody looks for. */
export function PackagePanel({ rows, comparedWith }: PackagePanelProps) {
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const wanted = text.trim().toLowerCase();
  const differs = ({ text, other }: FactRow) => comparedWith !== undefined && text !== other;
  const shown = rows.filter((row) => {
    const name = row.name.toLowerCase();
    return wanted ? name.includes(wanted) : open || FIRST.has(name) || differs(row);
  });
  const hidden = rows.length - shown.length;
  const lines = () => rows.flatMap(({ name, text }) => (text ? `${name}==${text}` : [])).join("\n");
  return (
    <Panel data-testid="environment-packages">
      <PanelHeading
        aside={
          <span className="flex items-center gap-2">
            <Input
              type="search"
              aria-label="Find a package"
              placeholder="find a package"
              className="h-7 w-44"
              value={text}
              onChange={({ target }) => setText(target.value)}
            />
            <CopyButton label="requirements" text={lines} />
          </span>
        }
      >
        Packages
      </PanelHeading>
      <FactTable label="Packages" rows={shown} comparedWith={comparedWith} />
      {shown.length === 0 && <p className="px-4 py-2 text-muted">No package is called so.</p>}
      {!wanted && (hidden > 0 || open) && (
        <div className="border-t border-line px-4 py-2">
          <Button size="small" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? "Show the main ones" : `Show all ${rows.length}`}
          </Button>
        </div>
      )}
    </Panel>
  );
}
