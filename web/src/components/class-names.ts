import { type ClassValue, clsx } from "clsx";
import { extendTailwindMerge } from "tailwind-merge";

const merge = extendTailwindMerge({
  extend: {
    classGroups: {
      "font-size": [{ text: ["small", "body", "lead", "title", "figure"] }],
      rounded: [{ rounded: ["small", "panel"] }],
    },
  },
});

/** Join class names; of two that contradict each other the later one wins. */
export function classNames(...names: ClassValue[]): string {
  return merge(clsx(names));
}
