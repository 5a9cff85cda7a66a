import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { catalogQuery } from "@/api/catalog";
import { tagsQuery } from "@/api/labels";
import { Refusal } from "@/api/problem";
import { classNames } from "@/components/class-names";
import { useShortcuts } from "@/components/shortcuts";
import { Input } from "@/components/ui/input";
import {
  type Completion,
  complete,
  type Option,
  settingPaths,
  type Vocabulary,
} from "./completion";
import { placeOfProblem } from "./filter-problem";

const PATIENCE_MS = 400;
const NOTHING: Completion = { from: 0, to: 0, options: [] };

interface FilterBoxProps {
  filter: string;
  error: unknown;
  onChange: (filter: string) => void;
}

/** Asks for runs once the typing pauses; completes, and shows what the server cannot read. */
export function FilterBox({ filter, error, onChange }: FilterBoxProps) {
  const [text, setText] = useState(filter);
  const [completion, setCompletion] = useState(NOTHING);
  const [active, setActive] = useState(-1);
  const box = useRef<HTMLInputElement>(null);
  const [problemId, listId] = [useId(), useId()];
  const vocabulary = useVocabulary();
  const refused =
    error instanceof Refusal ? error.fields.find(({ field }) => field === "filter") : undefined;
  useEffect(() => setText(filter), [filter]);
  useEffect(() => {
    const timer = setTimeout(() => text !== filter && onChange(text), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [text, filter, onChange]);
  useShortcuts("Runs", { "/": { does: "Filter", run: () => box.current?.focus() } });

  const look = (input: HTMLInputElement) => {
    setCompletion(complete(input.value, input.selectionStart ?? 0, vocabulary));
    setActive(-1);
  };
  const close = () => setCompletion(NOTHING);
  const choose = ({ insert }: Option) => {
    const input = box.current as HTMLInputElement;
    const changed = text.slice(0, completion.from) + insert + text.slice(completion.to);
    const cursor = completion.from + insert.length;
    // The cursor is set once the text is in the box, and before the next key.
    flushSync(() => {
      setText(changed);
      setCompletion(complete(changed, cursor, vocabulary));
      setActive(-1);
    });
    input.setSelectionRange(cursor, cursor);
  };
  const { options } = completion;
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const isBegun = completion.from < completion.to;
    const chosen = options[active] ?? (event.key === "Tab" && isBegun ? options[0] : undefined);
    if ((event.key === "Enter" || event.key === "Tab") && chosen && !event.shiftKey) {
      event.preventDefault();
      choose(chosen);
    } else if (event.key === "Enter") {
      close();
      onChange(text);
    } else if (event.key === "Escape" && options.length > 0) {
      event.preventDefault();
      close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (options.length === 0) {
        look(event.currentTarget);
        return;
      }
      // Above the first and below the last option is the box itself.
      const [place, places] = [active + 1, options.length + 1];
      const by = event.key === "ArrowDown" ? 1 : -1;
      setActive(((place + by + places) % places) - 1);
    }
  };
  return (
    <div className="relative min-w-0 flex-1">
      <Input
        ref={box}
        type="text"
        role="combobox"
        aria-label="Filter runs"
        aria-expanded={options.length > 0}
        aria-controls={listId}
        aria-activedescendant={options[active] && `${listId}-${active}`}
        aria-autocomplete="list"
        autoComplete="off"
        placeholder="state = failed and metrics.accuracy > 0.4 and tag:paper"
        className="font-mono"
        spellCheck={false}
        value={text}
        aria-invalid={refused !== undefined}
        aria-describedby={refused && problemId}
        onChange={(event) => {
          setText(event.target.value);
          look(event.target);
        }}
        onClick={({ currentTarget }) => look(currentTarget)}
        onBlur={close}
        onKeyDown={onKeyDown}
      />
      <div
        id={listId}
        role="listbox"
        aria-label="How the filter can go on"
        hidden={options.length === 0}
        className="absolute top-full left-0 z-20 mt-1 max-h-80 w-[min(32rem,100%)] overflow-y-auto rounded-panel border border-line bg-raised py-1 shadow-float"
      >
        {options.map((option, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the box above has the focus and the keys.
          <div
            key={option.label}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === active}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(option)}
            className={classNames(
              "flex cursor-pointer gap-3 px-3 py-1 hover:bg-sunken",
              index === active && "bg-accent-soft",
            )}
          >
            <span className="tabular">{option.label}</span>
            <span className="truncate text-muted">{option.detail}</span>
          </div>
        ))}
      </div>
      {refused && <Problem id={problemId} text={filter} message={refused.message} />}
    </div>
  );
}

/** What the server could not read: the text with the place marked, and why. */
function Problem({ id, text, message }: { id: string; text: string; message: string }) {
  const { from, to, words } = placeOfProblem(text, message);
  return (
    <p id={id} role="alert" className="flex flex-wrap gap-x-3 pt-1 text-small text-bad">
      <code className="tabular text-muted">
        {text.slice(0, from)}
        <mark className="bg-transparent text-bad underline decoration-wavy underline-offset-4">
          {text.slice(from, to) || " "}
        </mark>
        {text.slice(to)}
      </code>
      <span>{words}</span>
    </p>
  );
}

function useVocabulary(): Vocabulary {
  const { data: catalog } = useQuery(catalogQuery);
  const { data: tags = [] } = useQuery(tagsQuery);
  return useMemo(
    () => ({
      fields: catalog?.search ?? [],
      metrics: catalog?.metrics ?? [],
      settings: catalog ? settingPaths(catalog.schema) : [],
      tags,
    }),
    [catalog, tags],
  );
}
