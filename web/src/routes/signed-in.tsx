import { useQuery } from "@tanstack/react-query";
import { createRoute, Outlet, redirect } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { LiveProvider } from "@/api/live";
import { isSignedOut } from "@/api/problem";
import { sessionQuery } from "@/api/session";
import { ShortcutsProvider } from "@/components/shortcuts";
import { Palette } from "@/features/palette/palette";
import { StateToasts } from "@/features/runs/state-toasts";
import { Shell } from "@/features/session/shell";
import { DiskBanner } from "@/features/storage/disk-banner";
import { rootRoute } from "./root";

/** Every page but the sign-in stands inside the shell, and needs a session. */
export const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "signed-in",
  beforeLoad: async ({ context: { queryClient } }) => {
    try {
      await queryClient.ensureQueryData(sessionQuery);
    } catch (error) {
      if (isSignedOut(error)) {
        throw redirect({ to: "/sign-in" });
      }
      throw error;
    }
  },
  component: SignedIn,
});

function SignedIn() {
  const { data: user, error } = useQuery(sessionQuery);
  const navigate = signedInRoute.useNavigate();
  const [isFinding, setFinding] = useState(false);
  const signedOut = isSignedOut(error);
  useEffect(() => {
    if (signedOut) {
      void navigate({ to: "/sign-in" });
    }
  }, [signedOut, navigate]);
  return user ? (
    <LiveProvider>
      <ShortcutsProvider>
        <StateToasts />
        <Shell user={user} onFind={() => setFinding(true)}>
          <DiskBanner />
          <Outlet />
        </Shell>
        <Palette
          isOpen={isFinding}
          onOpenChange={setFinding}
          toPage={(to) => void navigate({ to })}
          toRun={({ pipeline_id: pipelineId, name: run }) =>
            void navigate({
              to: "/pipelines/$pipelineId",
              params: { pipelineId },
              search: { run },
            })
          }
        />
      </ShortcutsProvider>
    </LiveProvider>
  ) : null;
}
