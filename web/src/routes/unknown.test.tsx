import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { renderApp } from "@/testing/render-app";

it("says that nothing is at an address, with the navigation and a way home", async () => {
  const { router, user } = renderApp("/experiments/old");
  expect(await screen.findByRole("heading", { name: "There is no such page" })).toBeVisible();
  expect(screen.getByText("/experiments/old")).toBeVisible();
  expect(screen.getByRole("navigation")).toBeVisible();
  await user.click(screen.getByRole("link", { name: "Go home" }));
  expect(router.state.location.pathname).toBe("/");
});
