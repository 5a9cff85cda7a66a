import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useEffectEvent,
  useState,
  useSyncExternalStore,
} from "react";
import { type Registry, ShortcutRegistry, type Shortcuts } from "./shortcut-registry";

const RegistryContext = createContext<ShortcutRegistry>(new ShortcutRegistry());

/** Listens to the keyboard for everything below it. */
export function ShortcutsProvider({ children }: { children: ReactNode }) {
  const [registry] = useState(() => new ShortcutRegistry());
  useEffect(() => {
    window.addEventListener("keydown", registry.listen);
    return () => window.removeEventListener("keydown", registry.listen);
  }, [registry]);
  return <RegistryContext value={registry}>{children}</RegistryContext>;
}

/** Keys as commands while the component is on the page; `?` lists them below the group's name. */
export function useShortcuts(group: string, shortcuts: Shortcuts): void {
  const registry = useContext(RegistryContext);
  const known = Object.entries(shortcuts)
    .map(([keys, { does }]) => `${keys}\t${does}`)
    .join("\n");
  const run = useEffectEvent((keys: string) => shortcuts[keys]?.run());
  useEffect(() => {
    const added = known
      .split("\n")
      .filter(Boolean)
      .map((line) => {
        const [keys = "", does = ""] = line.split("\t");
        return { keys, does, run: () => run(keys) };
      });
    return registry.add(group, added);
  }, [registry, group, known]);
}

/** Every key that does something on this page. */
export function useRegistry(): Registry {
  const registry = useContext(RegistryContext);
  return useSyncExternalStore(registry.subscribe, registry.registered);
}

/** A key as it is printed on a keyboard. */
export function Key({ children }: { children: ReactNode }) {
  return (
    <kbd className="tabular inline-block min-w-5 rounded-small border border-line bg-sunken px-1 text-center text-small">
      {children}
    </kbd>
  );
}
