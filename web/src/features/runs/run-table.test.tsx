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
  const report = within(await screen.findByRole("dialog", { name: "Cancelled: 1 of 2" }));
  expect(report.getByRole("listitem")).toHaveTextContent("two of miniature #7It has ended.");
  await user.click(report.getByRole("button", { name: "Close" }));
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByTestId("selection")).not.toBeInTheDocument());
});

it("archives what is in sight, and shows again what is not", async () => {
  const archived_at = "2030-01-02T10:00:00Z";
  const runs = [
    fakeRun({ id: "a", name: "one", state: "failed" }),
    fakeRun({ id: "b", name: "two", state: "succeeded", archived_at }),
    fakeRun({ id: "c", name: "three" }),
  ];
  const asked: string[] = [];
  server.use(
    http.get(api("/runs"), () => page(...runs)),
    http.post(api("/runs/:id/:verb"), ({ params }) => {
      asked.push(`${params.verb} ${params.id}`);
      return HttpResponse.json({ ...runs.find(({ id }) => id === params.id), version: 2 });
    }),
  );
  const { user } = renderApp("/runs?view=runs");
  await screen.findByText("three");
  await user.keyboard("jxjxjx");
  await user.click(screen.getByRole("button", { name: "Archive" }));
  expect(await screen.findByText("Archived: 1 of 1")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Unarchive" }));
  expect(await screen.findByText("Unarchived: 1 of 1")).toBeVisible();
  expect(asked).toEqual(["archive a", "unarchive b"]);
});

it("deletes what can go in its order, once the dry run was seen, and says what refused", async () => {
  const states = { a: "succeeded", b: "failed", c: "running" } as const;
  const runs = Object.entries(states).map(([id, state]) =>
    fakeRun({ id, name: `run-${id}`, state }),
  );
  const gone: string[] = [];
  const removal = {
    runs: 2,
    checkpoints: 3,
    checkpoint_bytes: 3 * 2 ** 30,
    samples: 0,
    sample_bytes: 0,
    images: 0,
    image_bytes: 0,
    metric_runs: 2,
    metric_bytes: 0,
    total_bytes: 3 * 2 ** 30,
    kept: [],
    refused: [],
  };
  server.use(
    http.get(api("/runs"), () => page(...runs.filter(({ id }) => !gone.includes(id)))),
    http.post(api("/runs\\:preview-deletion"), async ({ request }) => {
      expect(await request.json()).toEqual({ runs: ["a", "b", "c"] });
      const refused = [{ run_id: "c", reasons: ["run-c of miniature #7 is running"] }];
      return HttpResponse.json({ removal, order: ["b", "a"], refused });
    }),
    http.delete(api("/runs/:id"), ({ params }) => {
      if (params.id === "a") {
        return problem(409, { detail: "A run has started from it since." });
      }
      gone.push(String(params.id));
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const { user } = renderApp("/runs?view=runs");
  await screen.findByText("run-c");
  await user.keyboard("jxjxjx");
  await user.click(screen.getByTestId("delete-runs"));
  const plan = within(await screen.findByRole("alertdialog"));
  expect(await plan.findByText("Altogether, of 2 runs")).toBeVisible();
  expect(plan.getByText("1 of them cannot be deleted and stays:")).toBeVisible();
  expect(plan.getByRole("listitem")).toHaveTextContent("run-c of miniature #7 is running.");
  await user.click(plan.getByRole("button", { name: "Delete 2 runs for good" }));
  const report = within(await screen.findByRole("dialog", { name: "Deleted: 1 of 2" }));
  expect(report.getByRole("listitem")).toHaveTextContent("A run has started from it since.");
  await user.click(report.getByRole("button", { name: "Close" }));
  expect(gone).toEqual(["b"]);
  await waitFor(() => expect(screen.queryByText("run-b")).not.toBeInTheDocument());
  expect(screen.getByText("2 chosen")).toBeVisible();
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
