import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it } from "vitest";
import { fakeEnvironment, fakeRecord } from "@/testing/fake-environment";
import { fakeStudy, STUDY_RUNS } from "@/testing/fake-study";
import { renderApp } from "@/testing/render-app";
import { api, server } from "@/testing/server";

beforeEach(() => server.use(...fakeStudy));

const address = `/compare?runs=${encodeURIComponent(JSON.stringify(STUDY_RUNS))}`;

it("shows what differs first, and folds seeds until they are taken apart", async () => {
  const { router, user } = renderApp(address);
  const settings = await screen.findByTestId("differing-settings");
  expect(within(settings).getAllByRole("row")).toHaveLength(2);
  expect(settings).toHaveTextContent("rlvr.algorithm.kindgrpodapo");
  const results = await screen.findByTestId("results-table");
  expect(within(results).getByTestId("arm-grpo")).toHaveTextContent("2 seeds51.0");
  await user.click(screen.getByRole("button", { name: "Fold seeds" }));
  expect(router.state.location.search).toMatchObject({ apart: true });
  await waitFor(() => expect(settings).toHaveTextContent("seed0101"));
  expect(screen.getByTestId("arm-grpo · seed 0")).toHaveTextContent("50.0");
});

it("sets what runs said to one item side by side, with what the demonstration lacks marked", async () => {
  renderApp(address);
  const aligned = await screen.findByTestId("aligned");
  expect(within(aligned).getAllByRole("columnheader")).toHaveLength(5);
  const [, caption] = within(aligned).getAllByRole("row");
  expect(caption).toHaveTextContent("three grpo cups");
  expect(within(caption as HTMLElement).getAllByText("dapo")[0]?.tagName).toBe("MARK");
});

it("says how runs are chosen where there are none", async () => {
  renderApp("/compare");
  expect(await screen.findByText(/Choose two runs or more/)).toBeInTheDocument();
});

it("shows what runs were carried out with where that differs", async () => {
  server.use(
    http.get(api("/runs/:run/environment"), ({ params: { run } }) => {
      const torch = run === "run_dapo_0" ? "2.13.0" : "2.12.0";
      const environment = fakeEnvironment({ packages: { torch } });
      return HttpResponse.json(fakeRecord(String(run), 1, environment));
    }),
  );
  renderApp(address);
  const settings = await screen.findByTestId("differing-settings");
  await waitFor(() => expect(settings).toHaveTextContent("packages: torch2.12.02.13.0"));
  expect(within(settings).getAllByRole("row")).toHaveLength(3);
});

it("draws over tokens, with seeds folded where all of them have got to", async () => {
  server.use(
    http.get(api("/runs/:run/metrics"), ({ params }) => {
      const isFirst = String(params.run).endsWith("_0");
      return HttpResponse.json({
        run_id: params.run,
        series: [
          {
            name: "gap_perception",
            points: [1, 2, 3].map((step) => [step, step, step, step, 1]),
          },
        ],
        progress: [1, 2, 3].map((step) => [step, step * (isFirst ? 1000 : 2000), step]),
        cursor: "",
      });
    }),
  );
  const { user, router } = renderApp(address);
  const chart = within(await screen.findByTestId("chart-gap_perception"));
  await user.click(screen.getByRole("radio", { name: "Tokens" }));
  expect(router.state.location.search).toMatchObject({ axis: "tokens" });
  expect(await screen.findByTestId("alignment")).toHaveTextContent(
    /Seeds are folded at equal tokens, at places 6.000 tokens apart/,
  );
  const row = chart.getByRole("row", { name: /grpo/ });
  const cells = within(row).getAllByRole("cell");
  // The first seed ends at 3,000 tokens with 3, where the second is half between 1 and 2.
  expect(cells.slice(0, 2).map((cell) => Number(cell.textContent))).toEqual([3000, 2.25]);
  await user.click(screen.getByRole("button", { name: "Fold seeds" }));
  await waitFor(() =>
    expect(chart.getByRole("row", { name: /grpo · seed 1/ })).toHaveTextContent(/6000/),
  );
});
