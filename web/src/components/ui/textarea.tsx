import type { ComponentProps } from "react";
import { classNames } from "@/components/class-names";

export function Textarea({ className, ...rest }: ComponentProps<"textarea">) {
  return (
    <textarea
      className={classNames(
        "w-full min-w-0 rounded-small border border-line-strong/60 bg-raised px-2.5 py-1.5",
        "placeholder:text-muted hover:border-line-strong disabled:opacity-50 aria-invalid:border-bad",
        className,
      )}
      {...rest}
    />
  );
}
