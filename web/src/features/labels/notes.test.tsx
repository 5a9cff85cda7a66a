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
