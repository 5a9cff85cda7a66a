import { ToggleGroup } from "radix-ui";
import { classNames } from "@/components/class-names";

interface SegmentedProps<Value extends string> {
  label: string;
  value: Value;
  options: readonly { value: Value; label: string; disabled?: boolean }[];
  onChange: (value: Value) => void;
  className?: string;
}

/** One of a few choices, all visible. */
export function Segmented<Value extends string>({
  label,
  value,
  options,
  onChange,
  className,
}: SegmentedProps<Value>) {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      onValueChange={(chosen) => chosen && onChange(chosen as Value)}
      className={classNames(
        "inline-flex flex-wrap rounded-small border border-line bg-sunken p-0.5",
        className,
      )}
    >
      {options.map((option) => (
        <ToggleGroup.Item
          key={option.value}
          value={option.value}
          disabled={option.disabled}
          className="h-6 rounded-small px-2.5 text-small font-medium text-muted enabled:hover:text-text disabled:opacity-50 data-[state=on]:bg-raised data-[state=on]:text-text data-[state=on]:ring-1 data-[state=on]:ring-line"
        >
          {option.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
