import { screen, waitFor } from "@testing-library/react";
import { http } from "msw";
import { expect, it } from "vitest";
import { renderApp } from "@/testing/render-app";
import { api, page, server } from "@/testing/server";

it("says how far a slow server has got, once somebody would wonder", async () => {
  let answer = () => {};
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  server.use(
    http.get(api("/datasets"), async () => {
      await asked;
      return page();
    }),
  );
  renderApp("/data");
  expect(await screen.findByText(/Loading/)).toBeVisible();
  expect(screen.queryByTestId("waiting")).not.toBeInTheDocument();
  expect(await screen.findByTestId("waiting")).toHaveTextContent(
    /Waiting for the server: \d+ answered, \d+ to come, 1 s/,
  );
  answer();
  await waitFor(() => expect(screen.queryByTestId("waiting")).not.toBeInTheDocument());
});
