import { useRef } from "react";

interface YamlEditorProps {
  text: string;
  onChange: (text: string) => void;
}

/** The recipe as text, with numbered lines. */
export function YamlEditor({ text, onChange }: YamlEditorProps) {
  const gutter = useRef<HTMLPreElement>(null);
  const count = text.split("\n").length;
  return (
    <div className="flex h-[65vh] min-h-80 overflow-hidden rounded-panel border border-line bg-raised">
      <pre
        ref={gutter}
        aria-hidden
        className="tabular w-11 shrink-0 overflow-hidden border-r border-line py-3 pr-2 text-right text-small leading-5 text-muted select-none"
      >
        {Array.from({ length: count }, (_, index) => index + 1).join("\n")}
      </pre>
      <textarea
        aria-label="Recipe as YAML"
        data-testid="yaml"
        spellCheck={false}
        wrap="off"
        value={text}
        onChange={({ target }) => onChange(target.value)}
        onScroll={({ currentTarget }) => {
          if (gutter.current) {
            gutter.current.scrollTop = currentTarget.scrollTop;
          }
        }}
        className="tabular min-w-0 flex-1 resize-none bg-transparent p-3 text-small leading-5 -outline-offset-2"
      />
    </div>
  );
}
