import { createRoute, useLocation } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { SignInPage } from "@/features/session/sign-in-page";
import { rootRoute } from "./root";

export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  component: SignIn,
});

function SignIn() {
  const { hash } = useLocation();
  const [secret] = useState(hash);
  const navigate = signInRoute.useNavigate();
  const goHome = useCallback(() => void navigate({ to: "/", replace: true }), [navigate]);
  return <SignInPage secret={secret} onSignedIn={goHome} />;
}
