import { useEffect, useEffectEvent } from "react";

/** Single keys as commands, except while somebody types. */
export function useKeys(commands: Record<string, () => void>): void {
  const act = useEffectEvent((event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    const types = target.closest("input, textarea, select, [contenteditable]");
    if (types || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const command = commands[event.key];
    if (command) {
      event.preventDefault();
      command();
    }
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => act(event);
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}
