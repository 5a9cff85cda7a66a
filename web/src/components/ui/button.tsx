import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps, MouseEvent } from "react";
import { classNames } from "@/components/class-names";

const look = cva(
  "inline-flex shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-small font-medium transition-colors disabled:opacity-50 aria-disabled:opacity-50 [&_svg]:size-3.5 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "bg-accent-fill text-accent-on hover:not-disabled:bg-accent-fill-hover",
        plain: "border border-line bg-raised hover:not-disabled:bg-sunken",
        quiet: "text-muted hover:not-disabled:bg-sunken hover:not-disabled:text-text",
        danger: "border border-line bg-raised text-bad hover:not-disabled:bg-bad-soft",
        link: "text-accent underline-offset-2 hover:underline",
      },
      size: {
        small: "h-6 px-2 text-small",
        normal: "h-8 px-3",
        large: "h-9 px-4 text-body",
        icon: "size-8",
        text: "h-auto p-0",
      },
    },
    defaultVariants: { variant: "plain", size: "normal" },
  },
);

interface ButtonProps extends ComponentProps<"button">, VariantProps<typeof look> {
  asChild?: boolean;
  /** Whether what it asked for is still being done: it asks for nothing more, and keeps the focus. */
  busy?: boolean;
}

export function Button({ className, variant, size, asChild, busy, ...rest }: ButtonProps) {
  const Element = asChild ? Slot.Root : "button";
  const type = asChild ? undefined : "button";
  return (
    <Element
      type={type}
      className={classNames(look({ variant, size }), className)}
      {...rest}
      {...(busy && WAITING)}
    />
  );
}

/** A button that were disabled would lose the focus, and whoever uses keys alone their place. */
const WAITING = {
  "aria-disabled": true,
  // A form is sent by its button even where Enter is pressed in a field.
  onClick: (event: MouseEvent) => event.preventDefault(),
};
