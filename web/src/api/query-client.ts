import { QueryCache, QueryClient } from "@tanstack/react-query";
import { isSignedOut, Refusal } from "./problem";
import { sessionQuery } from "./session";

/** The cache of everything that the server said. A lost session anywhere ends it everywhere. */
export function createQueryClient(): QueryClient {
  const queryClient: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (isSignedOut(error) && query.queryKey[0] !== "session") {
          void queryClient.invalidateQueries(sessionQuery);
        }
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        // What the server refused once it refuses again; only silence is worth another try.
        retry: (failures, error) => !(error instanceof Refusal) && failures < 3,
        retryDelay: (failures) => Math.min(500 * 2 ** failures, 5_000),
      },
    },
  });
  return queryClient;
}
