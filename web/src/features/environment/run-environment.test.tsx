import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it } from "vitest";
import { fakeEnvironment, fakeRecord } from "@/testing/fake-environment";
import { fakePipeline, fakeRun } from "@/testing/fake-run";
import { renderApp } from "@/testing/render-app";
import { api, server } from "@/testing/server";

const ADDRESS = "/pipelines/pip_1?tab=environment";
const many = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`package-${n}`, "1.0"]));
const newest = fakeEnvironment({ packages: { ...many, torch: "2.13.0", "package-3": "1.1" } });
const older = fakeEnvironment({ packages: { ...many, torch: "2.12.0" } });

beforeEach(() => {
  server.use(
    http.get(api("/pipelines/pip_1"), () =>
      HttpResponse.json(fakePipeline({ runs: [fakeRun({ attempt: 2 })] })),
    ),
    http.get(api("/runs/run_align/lineage"), () =>
      HttpResponse.json({ run_id: "run_align", nodes: [], edges: [], complete: true }),
    ),
    http.get(api("/runs/run_align/environment"), ({ request }) => {
      const attempt = Number(new URL(request.url).searchParams.get("attempt") ?? 2);
      return HttpResponse.json(fakeRecord("run_align", attempt, attempt === 2 ? newest : older));
    }),
    http.get(api("/runs/run_align/environment/patches"), () =>
      HttpResponse.json({
        run_id: "run_align",
        attempt: 2,
        patches: [{ path: "prism_engine/loop.py", text: "-old\n+new\n", cut: false }],
      }),
    ),
  );
});

it("shows code, machine and data, and the difference on demand", async () => {
  const { user } = renderApp(ADDRESS);
  const code = await screen.findByTestId("environment-code");
  expect(code).toHaveTextContent("c0ffee");
  expect(code).toHaveTextContent("notes.txt");
  expect(screen.getByTestId("environment-machine")).toHaveTextContent("AMD EPYC, 2 cores");
  expect(screen.getByTestId("environment-data")).toHaveTextContent(
    "model base sha256 bbbbbbbbbbbb",
  );
  await user.click(within(code).getByRole("button", { name: "Show the difference in 1 file" }));
  expect(await screen.findByTestId("patches")).toHaveTextContent("+new");
});

it("folds packages, and finds one", async () => {
  const { user } = renderApp(ADDRESS);
  const packages = within(await screen.findByTestId("environment-packages"));
  expect(packages.getAllByRole("row")).toHaveLength(2);
  await user.click(packages.getByRole("button", { name: "Show all 31" }));
  expect(packages.getAllByRole("row")).toHaveLength(32);
  await user.type(packages.getByRole("searchbox"), "GE-29");
  expect(packages.getByRole("row", { name: "package-29 1.0" })).toBeInTheDocument();
  expect(packages.getAllByRole("row")).toHaveLength(2);
});

it("marks what differs from another attempt", async () => {
  const { user } = renderApp(ADDRESS);
  await user.selectOptions(await screen.findByLabelText("Compare with"), "attempt 1");
  const packages = await screen.findByTestId("environment-packages");
  const marked = () =>
    [...packages.querySelectorAll("[data-differs]")].map((row) =>
      [...row.children].map(({ textContent }) => textContent),
    );
  await waitFor(() =>
    expect(marked()).toEqual([
      ["≠ differs: package-3", "1.1", "1.0"],
      ["≠ differs: torch", "2.13.0", "2.12.0"],
    ]),
  );
  expect(within(packages).getAllByRole("row")).toHaveLength(3);
  expect(screen.getByTestId("environment-code")).not.toHaveTextContent("≠");
});

it("says so where an attempt recorded nothing", async () => {
  server.use(
    http.get(api("/runs/run_align/environment"), () =>
      HttpResponse.json(fakeRecord("run_align", null, null)),
    ),
  );
  renderApp(ADDRESS);
  expect(await screen.findByText(/This attempt recorded nothing/)).toBeInTheDocument();
});
