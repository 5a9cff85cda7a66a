import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { type KeyboardEvent, useId, useState } from "react";
import { tagsQuery } from "@/api/labels";
import { Input } from "./ui/input";

interface TagInputProps {
  label: string;
  tags: readonly string[];
  onChange: (tags: string[]) => void;
}

/** What the server takes for a tag. */
const NO_TAG = /[\s,()"]/g;
const LONGEST = 63;

/** Tags as words with a way to take each off, and a box for more; Enter or a comma adds one. */
export function TagInput({ label, tags, onChange }: TagInputProps) {
  const [text, setText] = useState("");
  const { data: known = [] } = useQuery(tagsQuery);
  const listId = useId();
  const add = () => {
    const tag = text.replace(NO_TAG, "").slice(0, LONGEST);
    if (tag && !tags.includes(tag)) {
      onChange([...tags, tag]);
    }
    setText("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if ((event.key === "Enter" || event.key === "," || event.key === " ") && text.trim()) {
      event.preventDefault();
      add();
    } else if (event.key === "Backspace" && !text) {
      onChange(tags.slice(0, -1));
    }
  };
  return (
    <div className="flex flex-wrap items-center gap-1">
      {tags.map((tag) => (
        <span
          key={tag}
          className="inline-flex h-6 min-w-0 max-w-full items-center gap-1 rounded-small border border-line bg-sunken pl-1.5"
        >
          <span className="truncate">{tag}</span>
          <button
            type="button"
            aria-label={`Take ${tag} off`}
            onClick={() => onChange(tags.filter((other) => other !== tag))}
            className="flex h-full items-center px-1 text-muted hover:text-text"
          >
            <X aria-hidden className="size-3" />
          </button>
        </span>
      ))}
      <Input
        aria-label={label}
        placeholder="Add a tag"
        className="h-6 w-28 flex-1"
        list={listId}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={add}
      />
      <datalist id={listId}>
        {known
          .filter((tag) => !tags.includes(tag))
          .map((tag) => (
            <option key={tag} value={tag} />
          ))}
      </datalist>
    </div>
  );
}
