import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it } from "vitest";
import { fakeFleet, fakeQuota, fakeWorker } from "@/testing/fake-fleet";
import { renderApp } from "@/testing/render-app";
import { api, page, server } from "@/testing/server";

beforeEach(() => server.use(...fakeFleet));

it("shows what waits and why, and what every slot has and does", async () => {
  renderApp("/fleet");
  const queue = await screen.findByTestId("queue-h100");
  expect(queue).toHaveTextContent("1 of 2 slots free, 2 GPUs");
  expect(queue).toHaveTextContent("3 waiting");
  expect(queue).toHaveTextContent("2 of these in projects that you do not see.");
  const waiting = within(queue).getByTestId("waiting-run_2");
  expect(waiting).toHaveTextContent("paper-8b #13 rlvr");
  expect(waiting).toHaveTextContent("No worker of queue h100 has a slot with 8 GPUs");
  expect(waiting).toHaveTextContent("default, priority 5, since");
  const worker = screen.getByTestId("worker-node-1");
  expect(worker).toHaveTextContent("online");
  expect(worker).toHaveTextContent("disk low: 2.0 GiB of 1.0 TiB left");
  const [busy, idle] = within(worker).getAllByRole("listitem");
  expect(busy).toHaveTextContent("paper-4b #12 align");
  expect(busy).toHaveTextContent("1 × H100, 79.6 GiB: 93% busy, 64.0 GiB used, 611 W");
  expect(idle).toHaveTextContent("slot 1idle1 × H100, 79.6 GiB");
  expect(await screen.findByTestId("row-prj_1 mara")).toHaveTextContent("16.0");
});

it("drains a worker, and gives it runs again", async () => {
  const asked: unknown[] = [];
  server.use(
    http.get(api("/workers"), () =>
      page(fakeWorker({ state: asked.length === 0 ? "online" : "draining" })),
    ),
    http.post(api("/workers/wrk_1/:verb"), ({ params }) => {
      asked.push(params.verb);
      return HttpResponse.json(fakeWorker());
    }),
  );
  const { user } = renderApp("/fleet");
  await user.click(await screen.findByRole("button", { name: "Drain" }));
  await user.click(await screen.findByRole("button", { name: "Resume" }));
  await waitFor(() => expect(asked).toEqual(["drain", "resume"]));
});

it("sets a quota, and not one that is no number", async () => {
  const asked: unknown[] = [];
  server.use(
    http.put(api("/projects/prj_1/quota"), async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json(fakeQuota);
    }),
  );
  const { user } = renderApp("/fleet");
  const gpus = await screen.findByLabelText("Most GPUs of default");
  expect(gpus).toHaveValue("4");
  const set = screen.getByRole("button", { name: "Set" });
  expect(set).toBeDisabled();
  await user.clear(gpus);
  await user.type(gpus, "many");
  expect(set).toBeDisabled();
  await user.clear(gpus);
  await user.type(screen.getByLabelText("Most running runs of default"), "2");
  await user.click(set);
  await waitFor(() => expect(asked).toEqual([{ max_runs: 2, max_gpus: null }]));
});

it("says what to do where there is no fleet yet, and lets only an administrator change it", async () => {
  server.use(
    http.get(api("/queues"), () => page()),
    http.get(api("/workers"), () => page()),
    http.get(api("/usage"), () => page()),
    http.get(api("/session"), () =>
      HttpResponse.json({
        id: "usr_2",
        name: "vera",
        administrator: false,
        roles: { prj_1: "viewer" },
        permissions: ["identify", "read"],
        has_password: true,
      }),
    ),
  );
  renderApp("/fleet");
  expect(await screen.findByText(/No worker serves a queue/)).toHaveTextContent(
    "Start a worker with prism worker --queue default.",
  );
  expect(await screen.findByText(/No worker is there/)).toBeVisible();
  expect(await screen.findByText(/Nothing was executed/)).toBeVisible();
  expect(await screen.findByTestId("row-prj_1")).toHaveTextContent("1 of 4");
  expect(screen.queryByRole("button", { name: "Set" })).toBeNull();
});
