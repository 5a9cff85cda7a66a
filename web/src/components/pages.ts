/** The pages that can be gone to from everywhere, in the order in which the shell shows them. */
export const PAGES = [
  { to: "/", label: "Home", keys: "g h" },
  { to: "/runs", label: "Runs", keys: "g r" },
  { to: "/launch", label: "Launch", keys: "g l" },
  { to: "/results", label: "Results", keys: "g e" },
  { to: "/data", label: "Data", keys: "g d" },
  { to: "/fleet", label: "Fleet", keys: "g f" },
  { to: "/settings", label: "Settings", keys: "g s" },
] as const;
