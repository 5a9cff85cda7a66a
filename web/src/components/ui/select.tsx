import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";
import { classNames } from "@/components/class-names";

/** The browser's own select: it is the one that works everywhere, on a phone too. */
export function Select({ className, ...rest }: ComponentProps<"select">) {
  return (
    <span className={classNames("relative inline-flex w-full min-w-0", className)}>
      <select
        className="h-8 w-full min-w-0 appearance-none truncate rounded-small border border-line-strong/60 bg-raised pr-7 pl-2.5 hover:border-line-strong disabled:opacity-50 aria-invalid:border-bad"
        {...rest}
      />
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute top-2.5 right-2 size-3.5 text-muted"
      />
    </span>
  );
}
