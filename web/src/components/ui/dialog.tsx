import { X } from "lucide-react";
import { Dialog as Primitive } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { classNames } from "@/components/class-names";

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** Whether the title is for those only who cannot see what the dialog is. */
  titleHidden?: boolean;
  className?: string;
  children: ReactNode;
}

/** Something that takes the whole attention for a moment; Escape gives it back. */
export function Dialog({ open, onOpenChange, title, titleHidden, ...rest }: DialogProps) {
  const focused = useRef<Element>(null);
  return (
    <Primitive.Root open={open} onOpenChange={onOpenChange}>
      <Primitive.Portal>
        <Primitive.Overlay className="fixed inset-0 z-40 bg-[oklch(0_0_0/45%)]" />
        <Primitive.Content
          aria-describedby={undefined}
          onOpenAutoFocus={() => {
            focused.current = document.activeElement;
          }}
          onCloseAutoFocus={(event) => {
            // A key has opened it, and no button that could have the focus back.
            event.preventDefault();
            if (
              document.activeElement === document.body &&
              focused.current instanceof HTMLElement
            ) {
              focused.current.focus();
            }
          }}
          className={classNames(
            "fixed top-[12vh] left-1/2 z-50 flex max-h-[76vh] w-[min(36rem,calc(100vw-2rem))] -translate-x-1/2 flex-col rounded-panel border border-line bg-raised shadow-float",
            rest.className,
          )}
        >
          <header className={titleHidden ? "sr-only" : "flex items-center gap-4 px-5 pt-4 pb-1"}>
            <Primitive.Title className="flex-1 text-lead font-semibold">{title}</Primitive.Title>
            {!titleHidden && (
              <Primitive.Close aria-label="Close" className="text-muted hover:text-text">
                <X className="size-4" />
              </Primitive.Close>
            )}
          </header>
          {rest.children}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
