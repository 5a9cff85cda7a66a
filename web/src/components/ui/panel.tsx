import type { ComponentProps, ReactNode } from "react";
import { classNames } from "@/components/class-names";

/** A surface with a hairline around it. */
export function Panel({ className, ...rest }: ComponentProps<"section">) {
  return (
    <section
      className={classNames("rounded-panel border border-line bg-raised", className)}
      {...rest}
    />
  );
}

interface HeadingProps {
  children: ReactNode;
  aside?: ReactNode;
  className?: string;
}

export function PanelHeading({ children, aside, className }: HeadingProps) {
  return (
    <header
      className={classNames(
        "flex min-h-10 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b border-line px-4 py-2",
        className,
      )}
    >
      <h2 className="min-w-0 font-semibold wrap-anywhere">{children}</h2>
      {aside}
    </header>
  );
}
