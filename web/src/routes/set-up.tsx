import { createRoute, useLocation } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { SetUpPage } from "@/features/session/set-up-page";
import { rootRoute } from "./root";

export const setUpRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/set-up",
  component: () => <Welcome invited={false} />,
});

export const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invitation",
  component: () => <Welcome invited />,
});

function Welcome({ invited }: { invited: boolean }) {
  const { hash } = useLocation();
  const [secret] = useState(hash);
  const navigate = (invited ? invitationRoute : setUpRoute).useNavigate();
  const goHome = useCallback(() => void navigate({ to: "/", replace: true }), [navigate]);
  return <SetUpPage secret={secret} invited={invited} onSignedIn={goHome} />;
}
