import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it } from "vitest";
import type { StorageUse } from "@/api/schema";
import { fakePeople } from "@/testing/fake-people";
import { renderApp } from "@/testing/render-app";
import { api, server } from "@/testing/server";

const GIB = 2 ** 30;

let use: StorageUse;

beforeEach(() => {
  use = {
    project_id: "prj_1",
    project: "default",
    artifact_bytes: 6 * GIB,
    max_artifact_bytes: 6 * GIB,
    kinds: [
      { kind: "resumable", count: 1200, bytes: 5 * GIB },
      { kind: "image", count: 7, bytes: GIB },
    ],
    largest: [
      {
        run_id: "run_align",
        run: "align",
        pipeline_id: "pip_1",
        pipeline: "miniature",
        number: 7,
        checkpoints: 12,
        bytes: 4 * GIB,
      },
    ],
  };
  server.use(
    ...fakePeople,
    http.get(api("/projects/prj_1/storage"), () => HttpResponse.json(use)),
    http.put(api("/projects/prj_1/storage-quota"), async ({ request }) => {
      use = { ...use, ...((await request.json()) as Partial<StorageUse>) };
      return HttpResponse.json(use);
    }),
  );
});

it("says what is used by what, and leads to the largest runs", async () => {
  renderApp("/settings?section=members");
  const panel = within(await screen.findByTestId("storage"));
  expect(await panel.findByText("The quota is used up", { exact: false })).toBeVisible();
  expect(panel.getByTestId("row-resumable")).toHaveTextContent("Resumable checkpoints1,2005.0 GiB");
  const run = panel.getByTestId("row-run_align");
  expect(run).toHaveTextContent("align of miniature #7124.0 GiB");
  expect(within(run).getByRole("link")).toHaveAttribute(
    "href",
    "/pipelines/pip_1?run=align&tab=checkpoints",
  );
});

it("has an administrator change the limit, or take it away", async () => {
  const { user } = renderApp("/settings?section=members");
  const limit = await screen.findByRole("textbox", { name: "Limit in GiB" });
  const panel = within(screen.getByTestId("storage"));
  expect(limit).toHaveValue("6");
  await user.clear(limit);
  await user.type(limit, "x");
  expect(limit).toBeInvalid();
  expect(panel.getByRole("button", { name: "Set" })).toBeDisabled();
  await user.clear(limit);
  await user.type(limit, "12.5{Enter}");
  await waitFor(() => expect(use.max_artifact_bytes).toBe(12.5 * GIB));
  expect(await panel.findByRole("progressbar", { name: "Storage used" })).toHaveAttribute(
    "aria-valuemax",
    String(12.5 * GIB),
  );
  await user.clear(limit);
  await user.click(panel.getByRole("button", { name: "Set" }));
  expect(await panel.findByText("used, without a limit", { exact: false })).toBeVisible();
  expect(use.max_artifact_bytes).toBeNull();
});

it("has nobody else change it", async () => {
  server.use(
    http.get(api("/session"), () =>
      HttpResponse.json({
        id: "usr_1",
        name: "mara",
        administrator: false,
        roles: { prj_1: "admin" },
        permissions: ["account", "administer", "identify", "launch", "read"],
        has_password: true,
      }),
    ),
  );
  renderApp("/settings?section=members");
  const panel = within(await screen.findByTestId("storage"));
  expect(await panel.findByTestId("row-resumable")).toBeVisible();
  expect(panel.queryByRole("textbox")).not.toBeInTheDocument();
});
