import { screen, waitFor } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, it } from "vitest";
import { fakePipeline, fakeRun } from "@/testing/fake-run";
import { renderApp } from "@/testing/render-app";
import { api, problem, server } from "@/testing/server";

it("shows tags and notes of run and pipeline, and keeps what is changed", async () => {
  const asked: unknown[] = [];
  const run = fakeRun({ tags: ["paper"], note: "It **converges**" });
  server.use(
    http.get(api("/pipelines/pip_1"), () =>
      HttpResponse.json(fakePipeline({ note: "All <b>seeds</b>", runs: [run] })),
    ),
    http.patch(api("/runs/run_align"), async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json({ ...run, note: "Slowly", version: 2 });
    }),
    http.patch(api("/pipelines/pip_1"), async ({ request }) => {
      asked.push(await request.json());
      return problem(403, { detail: "vera has no permission to launch here." });
    }),
  );
  const { user } = renderApp("/pipelines/pip_1?tab=notes");
  expect((await screen.findByText("converges")).tagName).toBe("STRONG");
  expect(screen.getByText("All <b>seeds</b>")).toBeVisible();
  await user.click(screen.getAllByRole("button", { name: "Edit note" })[0] as HTMLElement);
  const box = screen.getByLabelText("Note on Run align, in Markdown");
  await user.clear(box);
  await user.type(box, "Slowly");
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("Slowly")).toBeVisible();
  await user.type(screen.getByLabelText("Tags of Pipeline miniature #7"), "best{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("no permission to launch here");
  await waitFor(() => expect(asked).toEqual([{ note: "Slowly" }, { tags: ["best"] }]));
});

it("keeps a note that is too long, or refused, until it can be saved", async () => {
  server.use(
    http.get(api("/pipelines/pip_1"), () =>
      HttpResponse.json(fakePipeline({ runs: [fakeRun({ note: "" })] })),
    ),
    http.patch(api("/runs/run_align"), () => problem(503, { detail: "The disk is full." })),
  );
  const { user } = renderApp("/pipelines/pip_1?tab=notes");
  await user.click(
    (await screen.findAllByRole("button", { name: "Write a note" }))[0] as HTMLElement,
  );
  const box = screen.getByLabelText("Note on Run align, in Markdown");
  await user.click(box);
  await user.paste("x".repeat(20_001));
  expect(screen.getByRole("alert")).toHaveTextContent("at most 20000 characters");
  expect(screen.getByRole("button", { name: "Save" })).toBeDisabled();
  await user.paste("x".repeat(1_000_000));
  expect(screen.getAllByRole("alert")[0]).toHaveTextContent("That would be 1020001 characters");
  expect(box).toHaveValue("x".repeat(20_001));
  await user.type(box, "{Backspace}");
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("The disk is full.");
  expect(box).toHaveValue("x".repeat(20_000));
});
