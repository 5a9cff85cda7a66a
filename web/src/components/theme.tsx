import { Moon, Sun } from "lucide-react";
import { useSyncExternalStore } from "react";
import { Button } from "./ui/button";

type Theme = "light" | "dark";

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function current(): Theme {
  return document.documentElement.dataset.theme === "dark" ? "dark" : "light";
}

function choose(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("prism-theme", theme);
  for (const listener of listeners) {
    listener();
  }
}

/** The theme, for what is drawn on a canvas and cannot follow a style sheet. */
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, current);
}

export function ThemeToggle() {
  const other = useTheme() === "dark" ? "light" : "dark";
  return (
    <Button
      variant="quiet"
      size="icon"
      aria-label={`Use the ${other} theme`}
      title={`Use the ${other} theme`}
      data-testid="theme-toggle"
      onClick={() => choose(other)}
    >
      {other === "light" ? <Sun /> : <Moon />}
    </Button>
  );
}
