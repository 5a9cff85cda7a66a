import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http } from "msw";
import { expect, it } from "vitest";
import { fakeRun } from "@/testing/fake-run";
import { renderApp } from "@/testing/render-app";
import { api, page, problem, server } from "@/testing/server";

it("asks the server for what is typed and keeps it in the address", async () => {
  const asked: URLSearchParams[] = [];
  server.use(
    http.get(api("/runs"), ({ request }) => {
      asked.push(new URL(request.url).searchParams);
      return page(fakeRun({ name: "found", tags: ["paper"], latest: { reward: 0.25 } }));
    }),
  );
  renderApp("/runs?view=runs&columns=reward");
  expect(await screen.findByText("found")).toBeVisible();
  expect(screen.getByText("paper")).toBeVisible();
  expect(asked[0]?.get("metrics")).toBe("reward");
  await userEvent.type(screen.getByLabelText("Filter runs"), "tag:paper");
  await waitFor(() => expect(asked.at(-1)?.get("filter")).toBe("tag:paper"));
  await userEvent.click(screen.getByRole("button", { name: /reward/i }));
  await waitFor(() => expect(asked.at(-1)?.get("sort")).toBe("-metrics.reward"));
  expect(asked.at(-1)?.get("filter")).toBe("tag:paper");
});

it("says below the box what cannot be read", async () => {
  server.use(
    http.get(api("/runs"), () =>
      problem(422, {
        detail: "filter: character 9: there is no state fialed",
        errors: [{ field: "filter", message: "character 9: there is no state fialed" }],
      }),
    ),
  );
  renderApp("/runs?view=runs&filter=state%20%3D%20fialed");
  const box = await screen.findByLabelText("Filter runs");
  await waitFor(() => expect(box).toBeInvalid());
  expect(box).toHaveAccessibleDescription("character 9: there is no state fialed");
});
