import { createMemoryHistory } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createQueryClient } from "@/api/query-client";
import { App } from "@/app";
import { createAppRouter } from "@/router";

/** The whole dashboard at an address, as a browser would show it. */
export function renderApp(address: string) {
  const queryClient = createQueryClient();
  queryClient.setDefaultOptions({
    queries: { ...queryClient.getDefaultOptions().queries, retry: false },
  });
  const router = createAppRouter(queryClient, createMemoryHistory({ initialEntries: [address] }));
  render(<App queryClient={queryClient} router={router} />);
  return { router, queryClient, user: userEvent.setup() };
}
