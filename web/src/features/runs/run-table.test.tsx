import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { expect, it } from "vitest";
import type { ViewSnapshot } from "@/api/schema";
import { fakeRun } from "@/testing/fake-run";
import { renderApp } from "@/testing/render-app";
import { api, page, problem, server } from "@/testing/server";

const view: ViewSnapshot = {
  id: "viw_1",
  project_id: "prj_1",
  name: "Failed",
  filter: "state = failed",
  sort: "-metrics.loss",
  columns: ["state", "metrics.loss"],
  created_by: "mara",
  created_at: "2026-01-01T00:00:00Z",
};

it("asks the server for what is typed and keeps it in the address", async () => {
  const asked: URLSearchParams[] = [];
  server.use(
    http.get(api("/runs"), ({ request }) => {
      asked.push(new URL(request.url).searchParams);
      return page(fakeRun({ name: "found", tags: ["paper"], latest: { accuracy_greedy: 0.25 } }));
    }),
  );
  const { router } = renderApp("/runs?view=runs&columns=tags,metrics.accuracy_greedy");
  const row = within(await screen.findByTestId("row-run_align"));
  expect(row.getByText("found")).toBeVisible();
  expect(row.getByText("paper")).toBeVisible();
  expect(row.getByText("0.250")).toBeVisible();
  expect(asked[0]?.get("metrics")).toBe("accuracy_greedy");
  await userEvent.type(screen.getByLabelText("Filter runs"), "tag:paper");
  await waitFor(() => expect(asked.at(-1)?.get("filter")).toBe("tag:paper"));
  await userEvent.click(screen.getByRole("button", { name: "Greedy accuracy" }));
  await waitFor(() => expect(asked.at(-1)?.get("sort")).toBe("-metrics.accuracy_greedy"));
  expect(router.state.location.search).toEqual({
    view: "runs",
    filter: "tag:paper",
    sort: "-metrics.accuracy_greedy",
    columns: "tags,metrics.accuracy_greedy",
  });
});

it("completes a filter by keyboard alone", async () => {
  server.use(http.get(api("/runs"), () => page()));
  renderApp("/runs?view=runs");
  const box = await screen.findByLabelText("Filter runs");
  await screen.findByText(/There are no runs yet/);
  await userEvent.keyboard("/sta{Tab}{ArrowDown}{Enter}fa{Tab}");
  expect(box).toHaveFocus();
  expect(box).toHaveValue("state = failed ");
});

it("marks the place that cannot be read, and says why", async () => {
  server.use(
    http.get(api("/runs"), () =>
      problem(422, {
        errors: [{ field: "filter", message: "character 9: there is no state fialed" }],
      }),
    ),
  );
  renderApp("/runs?view=runs&filter=state%20%3D%20fialed");
  const box = await screen.findByLabelText("Filter runs");
  await waitFor(() => expect(box).toBeInvalid());
  expect(box).toHaveAccessibleDescription(/there is no state fialed/);
  expect(screen.getByText("fialed").tagName).toBe("MARK");
});

it("shows a saved view as a tab, and keeps what was changed", async () => {
  const kept: unknown[] = [];
  server.use(
    http.get(api("/views"), () => page(view)),
    http.get(api("/runs"), () => page(fakeRun())),
    http.put(api("/projects/prj_1/views/viw_1"), async ({ request }) => {
      kept.push(await request.json());
      return HttpResponse.json(view);
    }),
  );
  const { router, user } = renderApp("/runs");
  await user.click(await screen.findByRole("tab", { name: "Failed" }));
  expect(await screen.findByLabelText("Filter runs")).toHaveValue("state = failed");
  expect(router.state.location.search).toMatchObject({ saved: "viw_1", sort: "-metrics.loss" });
  expect(screen.queryByRole("button", { name: "Save changes" })).not.toBeInTheDocument();
  await user.type(screen.getByLabelText("Filter runs"), " tag:a{Escape}");
  await user.click(await screen.findByRole("button", { name: "Save changes" }));
  await waitFor(() =>
    expect(kept).toEqual([
      {
        name: "Failed",
        filter: "state = failed tag:a",
        sort: "-metrics.loss",
        columns: ["state", "metrics.loss"],
      },
    ]),
  );
});

it("saves what is looked at under a name", async () => {
  const made: unknown[] = [];
  server.use(
    http.get(api("/runs"), () => page(fakeRun())),
    http.post(api("/projects/prj_1/views"), async ({ request }) => {
      made.push(await request.json());
      return HttpResponse.json(view, { status: 201 });
    }),
  );
  const { user } = renderApp("/runs?view=runs&filter=tag:a");
  await user.click(await screen.findByRole("button", { name: "Save view" }));
  await user.type(await screen.findByLabelText("Name of the view"), "Mine{Enter}");
  await waitFor(() =>
    expect(made).toEqual([{ name: "Mine", filter: "tag:a", sort: null, columns: null }]),
  );
});

it("tags and cancels what is chosen, by keyboard, and says what was refused", async () => {
  const runs = [
    fakeRun({ id: "a", name: "one", tags: ["old"] }),
    fakeRun({ id: "b", name: "two" }),
    fakeRun({ id: "c", name: "three", state: "succeeded" }),
  ];
  const asked: unknown[] = [];
  server.use(
    http.get(api("/runs"), () => page(...runs)),
    http.patch(api("/runs/:id"), async ({ request, params }) => {
      asked.push([params.id, await request.json()]);
      return HttpResponse.json({ ...runs[0], tags: ["old", "new"], version: 2 });
    }),
    http.post(api("/runs/:id/cancel"), ({ params }) =>
      params.id === "b" ? problem(409, { detail: "It has ended." }) : HttpResponse.json(runs[0]),
    ),
  );
  const { user } = renderApp("/runs?view=runs&columns=state,tags");
  await screen.findByText("three");
  await user.keyboard("jxjxjx");
  const bar = within(screen.getByTestId("selection"));
  expect(bar.getByText("3 chosen")).toBeVisible();
  await user.click(bar.getByRole("button", { name: "Tag" }));
  await user.type(screen.getByLabelText("Tags"), "new{Enter}");
  await user.click(screen.getByRole("button", { name: "Add" }));
  await waitFor(() => expect(asked).toHaveLength(3));
  expect(asked).toContainEqual(["a", { tags: ["old", "new"] }]);
  expect(await screen.findByText("Tagged: 3 of 3")).toBeVisible();
  await user.click(bar.getByRole("button", { name: "Cancel" }));
  await user.click(await screen.findByTestId("confirm"));
  expect(await screen.findByText("Cancelled: 1 of 2")).toBeVisible();
  expect(screen.getByText("two: It has ended.")).toBeVisible();
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByTestId("selection")).not.toBeInTheDocument());
});

it("reads on as one scrolls, and keeps no more rows on the page than there is room for", async () => {
  const all = Array.from({ length: 300 }, (_, place) =>
    fakeRun({ id: `r${place}`, name: `run-${place}`, state: "succeeded" }),
  );
  server.use(
    http.get(api("/runs"), ({ request }) => {
      const from = Number(new URL(request.url).searchParams.get("after") ?? 0);
      const next = from + 100 < all.length ? `${from + 100}` : null;
      return HttpResponse.json({ data: all.slice(from, from + 100), next_cursor: next });
    }),
  );
  renderApp("/runs?view=runs");
  await screen.findByText("run-0");
  const frame = screen.getByTestId("runs");
  expect(frame.dataset.rows).toBe("100");
  frame.scrollTop = 80 * 32;
  frame.dispatchEvent(new Event("scroll"));
  await screen.findByText("run-85");
  await waitFor(() => expect(frame.dataset.rows).toBe("200"));
  expect(within(frame).getAllByRole("row").length).toBeLessThan(60);
});
