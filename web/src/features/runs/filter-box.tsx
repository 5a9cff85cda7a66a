import { useEffect, useId, useState } from "react";
import { Refusal } from "@/api/problem";
import { Input } from "@/components/ui/input";

const PATIENCE_MS = 400;

interface FilterBoxProps {
  filter: string;
  error: unknown;
  onChange: (filter: string) => void;
}

/** Asks for runs once the typing pauses; what the server cannot read is said below. */
export function FilterBox({ filter, error, onChange }: FilterBoxProps) {
  const [text, setText] = useState(filter);
  const problem = useId();
  const refused =
    error instanceof Refusal ? error.fields.find(({ field }) => field === "filter") : undefined;
  useEffect(() => setText(filter), [filter]);
  useEffect(() => {
    const timer = setTimeout(() => text !== filter && onChange(text), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [text, filter, onChange]);
  return (
    <div className="min-w-0 flex-1">
      <Input
        type="search"
        aria-label="Filter runs"
        placeholder="state = failed and metrics.accuracy > 0.4 and tag:paper"
        className="font-mono"
        spellCheck={false}
        value={text}
        aria-invalid={refused !== undefined}
        aria-describedby={refused && problem}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === "Enter" && onChange(text)}
      />
      {refused && (
        <p id={problem} role="alert" className="pt-1 text-small text-bad">
          {refused.message}
        </p>
      )}
    </div>
  );
}
