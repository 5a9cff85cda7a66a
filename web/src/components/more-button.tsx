import { Button } from "./ui/button";

interface MoreButtonProps {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}

/** The next page of a list, where there is one. */
export function MoreButton({ query }: MoreButtonProps) {
  return query.hasNextPage ? (
    <Button
      className="mt-3"
      disabled={query.isFetchingNextPage}
      onClick={() => void query.fetchNextPage()}
    >
      Show more
    </Button>
  ) : null;
}
