import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, Link, Outlet } from "@tanstack/react-router";
import { Failure } from "@/components/failure";

export const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  errorComponent: ({ error, reset }) => (
    <main className="p-6">
      <Failure error={error} onRetry={reset} />
    </main>
  ),
  notFoundComponent: () => (
    <main className="p-6">
      <p>There is no such page.</p>
      <Link to="/" className="text-accent hover:underline">
        Go home
      </Link>
    </main>
  ),
});
