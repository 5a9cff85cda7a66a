import type { ReactNode } from "react";

/** The head of a column. */
export function ColumnHead({ children }: { children: ReactNode }) {
  return (
    <th scope="col" className="h-8 px-3 text-small font-medium whitespace-nowrap text-muted">
      {children}
    </th>
  );
}
