import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { studyQuery } from "@/api/studies";
import { Outline } from "@/components/ui/outline";
import { StudyResults } from "@/features/results/study-results";
import { StudyView } from "@/features/studies/study-view";

const route = getRouteApi("/signed-in/studies/$studyId");

export function StudyPage() {
  const { studyId } = route.useParams();
  const { isPending } = useQuery(studyQuery(studyId));
  return isPending ? (
    <Outline className="min-h-dvh" />
  ) : (
    <div className="flex flex-col gap-5">
      <StudyView studyId={studyId} />
      <section className="flex flex-col gap-2">
        <h2 className="text-lead font-semibold">Results</h2>
        <StudyResults studyId={studyId} />
      </section>
    </div>
  );
}
