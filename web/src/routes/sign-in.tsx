import { createRoute, useLocation } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { SignInPage } from "@/features/session/sign-in-page";
import { rootRoute } from "./root";

export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { failed?: string } =>
    search.failed === "provider" ? { failed: "provider" } : {},
  component: SignIn,
});

function SignIn() {
  const { hash } = useLocation();
  const [secret] = useState(hash);
  const { failed } = signInRoute.useSearch();
  const navigate = signInRoute.useNavigate();
  const goHome = useCallback(() => void navigate({ to: "/", replace: true }), [navigate]);
  return <SignInPage secret={secret} failed={failed !== undefined} onSignedIn={goHome} />;
}
