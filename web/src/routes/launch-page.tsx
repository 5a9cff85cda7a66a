import { getRouteApi } from "@tanstack/react-router";
import type { ForkedFrom } from "@/api/schema";
import { LaunchPage } from "@/features/launch/launch-page";

const route = getRouteApi("/signed-in/launch");

export function LaunchRoutePage() {
  const { recipe, fork } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <>
      <h1 className="sr-only">Launch</h1>
      <LaunchPage
        key={fork ?? "own"}
        wanted={recipe}
        origin={originOf(fork)}
        onLaunched={(launched) =>
          void navigate(
            "studyId" in launched
              ? { to: "/studies/$studyId", params: launched }
              : { to: "/pipelines/$pipelineId", params: launched },
          )
        }
      />
    </>
  );
}

function originOf(fork: string | undefined): ForkedFrom | undefined {
  if (fork === undefined) {
    return undefined;
  }
  return fork.startsWith("pip_")
    ? { pipeline_id: fork, alone: false }
    : { run_id: fork, alone: false };
}
