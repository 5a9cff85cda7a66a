import type { ComponentProps } from "react";
import { classNames } from "@/components/class-names";

type ScrollFrameProps = ComponentProps<"section"> & { "aria-label": string };

/** Something wide or long that scrolls inside its own frame, never the page with it. */
export function ScrollFrame({ className, ...rest }: ScrollFrameProps) {
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
      className={classNames(
        "relative overflow-auto rounded-panel border border-line bg-raised",
        className,
      )}
      {...rest}
    />
  );
}
