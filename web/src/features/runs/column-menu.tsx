import { ArrowLeft, ArrowRight, Columns3 } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Popover } from "@/components/ui/popover";
import type { RunColumn } from "./run-columns";

interface ColumnMenuProps {
  columns: readonly RunColumn[];
  chosen: readonly string[];
  onChange: (id: string, shown: boolean) => void;
  onMove: (id: string, by: -1 | 1) => void;
}

/** Which columns there are, and in which order. */
export function ColumnMenu({ columns, chosen, onChange, onMove }: ColumnMenuProps) {
  const [wanted, setWanted] = useState("");
  const shown = chosen.flatMap((id) => columns.filter((column) => column.id === id));
  const others = columns.filter(({ id }) => !chosen.includes(id));
  const fits = ({ title, id }: RunColumn) =>
    `${title} ${id}`.toLowerCase().includes(wanted.toLowerCase());
  return (
    <Popover
      label="Columns"
      trigger={
        <Button>
          <Columns3 aria-hidden /> Columns
        </Button>
      }
    >
      <Input
        type="search"
        aria-label="Find a column"
        placeholder="Find a column"
        value={wanted}
        onChange={(event) => setWanted(event.target.value)}
      />
      <fieldset className="mt-2 max-h-80 overflow-y-auto">
        <legend className="sr-only">Columns of the table</legend>
        {[...shown, ...others].filter(fits).map(({ id, title }) => {
          const place = chosen.indexOf(id);
          return (
            <div key={id} className="flex h-7 items-center gap-1">
              <label className="flex min-w-0 flex-1 items-center gap-2">
                <input
                  type="checkbox"
                  checked={place >= 0}
                  onChange={(event) => onChange(id, event.target.checked)}
                />
                <span className="truncate">{title}</span>
              </label>
              {place >= 0 && (
                <>
                  <MoveButton
                    label={`Move ${title} left`}
                    disabled={place === 0}
                    onClick={() => onMove(id, -1)}
                  >
                    <ArrowLeft />
                  </MoveButton>
                  <MoveButton
                    label={`Move ${title} right`}
                    disabled={place === chosen.length - 1}
                    onClick={() => onMove(id, 1)}
                  >
                    <ArrowRight />
                  </MoveButton>
                </>
              )}
            </div>
          );
        })}
      </fieldset>
    </Popover>
  );
}

interface MoveButtonProps {
  label: string;
  disabled: boolean;
  onClick: () => void;
  children: React.ReactNode;
}

function MoveButton({ label, disabled, onClick, children }: MoveButtonProps) {
  return (
    <Button
      variant="quiet"
      className="size-6 p-0"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      {children}
    </Button>
  );
}
