import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, it } from "vitest";
import type { DiskSnapshot } from "@/api/schema";
import { api, server } from "@/testing/server";
import { DiskBanner } from "./disk-banner";

const GIB = 2 ** 30;

function show(disk: DiskSnapshot) {
  server.use(http.get(api("/storage/disk"), () => HttpResponse.json(disk)));
  render(
    <QueryClientProvider client={new QueryClient()}>
      <DiskBanner />
    </QueryClientProvider>,
  );
}

it("warns before the disk is full, and says what is refused once it is", async () => {
  show({ state: "low", free_bytes: 2.5 * GIB, total_bytes: 200 * GIB, reserve_bytes: GIB });
  expect((await screen.findByRole("alert")).textContent).toBe(
    "The server's disk fills up: 2.5 GiB of 200 GiB left. Below 1.0 GiB launches and uploads are refused.",
  );
});

it("says what goes on although the disk is full", async () => {
  show({ state: "full", free_bytes: GIB / 2, total_bytes: 200 * GIB, reserve_bytes: GIB });
  expect((await screen.findByRole("alert")).textContent).toContain(
    "Launches and uploads are refused; what runs goes on.",
  );
});
