import { classNames } from "@/components/class-names";

interface OutlineProps {
  /** What is loading, where it is more than what stands there by its title. */
  what?: string;
  className?: string;
}

/** The place of what is still loading, as large as that will be, so that nothing moves then. */
export function Outline({ what, className }: OutlineProps) {
  return (
    <div
      role="status"
      className={classNames("h-24 rounded-panel bg-sunken pulse-running", className)}
    >
      <span className="sr-only">Loading{what && ` ${what}`} …</span>
    </div>
  );
}
