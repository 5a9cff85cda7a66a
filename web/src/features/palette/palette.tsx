import { useQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useState } from "react";
import { runPageQuery } from "@/api/runs";
import { classNames } from "@/components/class-names";
import { PAGES } from "@/components/pages";
import { Key, useRegistry, useShortcuts } from "@/components/shortcuts";
import { Dialog } from "@/components/ui/dialog";
import { EVERYWHERE, filterFor, type Go, type Item, itemsFor } from "./palette-items";
import { ShortcutHelp } from "./shortcut-help";

const PATIENCE_MS = 150;
const SHORTEST = 2;
const MOST_RUNS = 8;

interface PaletteProps extends Go {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** Everything by its name: Ctrl-K or ⌘K opens it, `?` lists the keys that need no palette. */
export function Palette({ isOpen, onOpenChange, ...go }: PaletteProps) {
  const [isHelp, setHelp] = useState(false);
  useShortcuts(EVERYWHERE, {
    "Mod+k": { does: "Find a run, a page or an action", run: () => onOpenChange(!isOpen) },
    "?": { does: "List the keys", run: () => setHelp(true) },
    ...Object.fromEntries(
      PAGES.map(({ to, label, keys }) => [
        keys,
        { does: `Go to ${label}`, run: () => go.toPage(to) },
      ]),
    ),
  });
  return (
    <>
      <Dialog open={isOpen} onOpenChange={onOpenChange} title="Find" titleHidden>
        <Finder go={go} onDone={() => onOpenChange(false)} />
      </Dialog>
      <Dialog open={isHelp} onOpenChange={setHelp} title="Keys">
        <ShortcutHelp />
      </Dialog>
    </>
  );
}

interface FinderProps {
  go: Go;
  onDone: () => void;
}

function Finder({ go, onDone }: FinderProps) {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const listId = useId();
  const items = useItems(text);
  const place = Math.min(active, items.length - 1);
  const choose = (item: Item) => {
    onDone();
    // The page has its keys and its focus back once the dialog is gone.
    requestAnimationFrame(() => item.act(go));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const item = items[place];
    if (by && items.length > 0) {
      event.preventDefault();
      setActive((place + by + items.length) % items.length);
    } else if (event.key === "Enter" && item) {
      event.preventDefault();
      choose(item);
    }
  };
  return (
    <>
      <div className="flex items-center gap-3 border-b border-line px-4">
        <Search aria-hidden className="size-4 shrink-0 text-muted" />
        <input
          role="combobox"
          aria-label="Find a run, a page or an action"
          aria-expanded
          aria-controls={listId}
          aria-activedescendant={items[place] && `${listId}-${place}`}
          placeholder="Find a run, a page or an action"
          className="h-11 min-w-0 flex-1 bg-transparent text-lead outline-none placeholder:text-muted"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
        <Key>Esc</Key>
      </div>
      <div id={listId} role="listbox" aria-label="Found" className="overflow-y-auto py-1">
        {items.map((item, index) => (
          <Line
            key={item.id}
            id={`${listId}-${index}`}
            item={item}
            isFirst={items[index - 1]?.group !== item.group}
            isActive={index === place}
            onChoose={() => choose(item)}
          />
        ))}
      </div>
      {items.length === 0 && (
        <p role="status" className="px-4 pb-4 text-muted">
          Nothing is called like that. Runs are found by words of their names, notes and tags.
        </p>
      )}
    </>
  );
}

interface LineProps {
  id: string;
  item: Item;
  isFirst: boolean;
  isActive: boolean;
  onChoose: () => void;
}

function Line({ id, item, isFirst, isActive, onChoose }: LineProps) {
  return (
    <>
      {isFirst && (
        <p role="presentation" className="px-4 pt-2 pb-1 text-small text-muted">
          {item.group}
        </p>
      )}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the box above has the focus and the keys. */}
      <div
        id={id}
        role="option"
        aria-selected={isActive}
        ref={(line) => {
          if (isActive) {
            line?.scrollIntoView({ block: "nearest" });
          }
        }}
        onClick={onChoose}
        className={classNames(
          "flex h-8 cursor-pointer items-center gap-3 px-4 hover:bg-sunken",
          isActive && "bg-accent-soft hover:bg-accent-soft",
        )}
      >
        <span className="truncate font-medium">{item.label}</span>
        <span className="min-w-0 flex-1 truncate text-muted">{item.detail}</span>
        {item.keys && <Keys keys={item.keys} />}
      </div>
    </>
  );
}

function Keys({ keys }: { keys: string }) {
  return (
    <span className="flex shrink-0 gap-1">
      {keys.split(" ").map((key) => (
        <Key key={key}>{key}</Key>
      ))}
    </span>
  );
}

function useItems(text: string): Item[] {
  const registry = useRegistry();
  const [asked, setAsked] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const isLongEnough = asked.length >= SHORTEST;
  const { data } = useQuery({
    ...runPageQuery({ filter: filterFor(asked), sort: "-created", metrics: [] }),
    enabled: isLongEnough,
  });
  return itemsFor(text, registry, isLongEnough ? (data?.data.slice(0, MOST_RUNS) ?? []) : []);
}
