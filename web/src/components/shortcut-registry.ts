/** What keys do: by the keys, such as `j`, `g r` or `Mod+k`. */
export type Shortcuts = Record<string, { does: string; run: () => void }>;

export interface Registered {
  keys: string;
  does: string;
  run: () => void;
}

/** Groups of keys in the order in which their parts of the page appeared. */
export type Registry = readonly { group: string; shortcuts: readonly Registered[] }[];

const PATIENCE_MS = 1_000;

/** All that the keyboard does on a page, and the one listener that does it. */
export class ShortcutRegistry {
  #registry: Registry = [];
  #listeners = new Set<() => void>();
  #first: { key: string; at: number } | undefined;

  add(group: string, shortcuts: readonly Registered[]): () => void {
    const entry = { group, shortcuts };
    this.#become([...this.#registry, entry]);
    return () => this.#become(this.#registry.filter((other) => other !== entry));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly registered = (): Registry => this.#registry;

  /** Of two parts of a page that want the same key, the one that came later has it. */
  readonly listen = (event: KeyboardEvent): void => {
    const pressed = nameOf(event);
    if (!pressed || event.defaultPrevented) {
      return;
    }
    const first = this.#first;
    this.#first = undefined;
    const isSecond = first !== undefined && event.timeStamp - first.at < PATIENCE_MS;
    const found = (isSecond && this.#find(`${first.key} ${pressed}`)) || this.#find(pressed);
    if (found) {
      event.preventDefault();
      found.run();
    } else {
      this.#first = { key: pressed, at: event.timeStamp };
    }
  };

  #find(keys: string): Registered | undefined {
    return this.#registry
      .flatMap(({ shortcuts }) => shortcuts)
      .findLast((shortcut) => shortcut.keys === keys);
  }

  #become(registry: Registry): void {
    this.#registry = registry;
    for (const listener of this.#listeners) {
      listener();
    }
  }
}

/** The key's name, with `Mod+` for Ctrl or ⌘; none where the key is somebody's typing. */
function nameOf(event: KeyboardEvent): string | undefined {
  if (event.ctrlKey || event.metaKey) {
    return event.altKey || event.shiftKey ? undefined : `Mod+${event.key.toLowerCase()}`;
  }
  const target = event.target instanceof Element ? event.target : undefined;
  const types = target?.closest(
    "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]",
  );
  const isAsked = target?.closest("[role=dialog], [role=alertdialog], [role=menu]");
  return event.altKey || types || isAsked ? undefined : event.key;
}
