import { AlertDialog } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";

interface DeletionFooterProps {
  disabled: boolean;
  onConfirm: () => void;
  children: ReactNode;
}

/** The way back, and the last step of a deletion, at the foot of its dialog. */
export function DeletionFooter({ disabled, onConfirm, children }: DeletionFooterProps) {
  return (
    <div className="mt-4 flex justify-end gap-2">
      <AlertDialog.Cancel asChild>
        <Button>Go back</Button>
      </AlertDialog.Cancel>
      <AlertDialog.Action asChild>
        <Button
          variant="danger"
          disabled={disabled}
          onClick={onConfirm}
          data-testid="confirm-deletion"
        >
          {children}
        </Button>
      </AlertDialog.Action>
    </div>
  );
}
