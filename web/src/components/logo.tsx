import { classNames } from "./class-names";

export function Logo({ large }: { large?: boolean }) {
  return (
    <span
      className={classNames(
        "inline-flex items-center gap-2 font-semibold tracking-wide",
        large && "text-title",
      )}
    >
      <svg
        aria-hidden="true"
        viewBox="0 0 24 24"
        className={classNames("text-accent", large ? "size-7" : "size-5")}
      >
        <path
          d="M12 3 2.5 20.5h19Z"
          fill="currentColor"
          fillOpacity=".14"
          stroke="currentColor"
          strokeWidth="1.8"
          strokeLinejoin="round"
        />
        <path d="M12 3v17.5h9.5Z" fill="currentColor" />
      </svg>
      PRISM
    </span>
  );
}
