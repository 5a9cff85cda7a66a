import { getRouteApi } from "@tanstack/react-router";
import { LaunchPage } from "@/features/launch/launch-page";

const route = getRouteApi("/signed-in/launch");

export function LaunchRoutePage() {
  const { recipe } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <>
      <h1 className="sr-only">Launch</h1>
      <LaunchPage
        wanted={recipe}
        onLaunched={(pipelineId) =>
          void navigate({ to: "/pipelines/$pipelineId", params: { pipelineId } })
        }
      />
    </>
  );
}
