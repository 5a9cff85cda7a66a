import type { ComponentProps } from "react";
import { classNames } from "@/components/class-names";

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return (
    <input
      className={classNames(
        "h-8 w-full min-w-0 rounded-small border border-line-strong/60 bg-raised px-2.5",
        "placeholder:text-muted hover:border-line-strong disabled:opacity-50 aria-invalid:border-bad",
        className,
      )}
      {...rest}
    />
  );
}
