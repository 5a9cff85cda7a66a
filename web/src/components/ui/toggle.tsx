import { Toggle as Primitive } from "radix-ui";
import type { ReactNode } from "react";

interface ToggleProps {
  pressed: boolean;
  onChange: (pressed: boolean) => void;
  title?: string;
  children: ReactNode;
}

/** Something that is on or off. */
export function Toggle({ pressed, onChange, title, children }: ToggleProps) {
  return (
    <Primitive.Root
      pressed={pressed}
      onPressedChange={onChange}
      title={title}
      className="h-7 rounded-small border border-line bg-raised px-2.5 text-small font-medium text-muted hover:text-text data-[state=on]:border-accent data-[state=on]:bg-accent-soft data-[state=on]:text-text"
    >
      {children}
    </Primitive.Root>
  );
}
