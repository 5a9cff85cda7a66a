import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { studiesQuery } from "@/api/studies";
import { Failure } from "@/components/failure";
import { Ago } from "@/components/moment";
import { PlainTable } from "@/components/plain-table";
import { StateMark } from "@/components/run-state";
import { Outline } from "@/components/ui/outline";
import { Panel } from "@/components/ui/panel";

/** Studies, newest first. */
export function StudyList() {
  const { data, error, refetch } = useQuery(studiesQuery);
  if (error && !data) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  return data ? (
    <Panel>
      <PlainTable
        label="Studies"
        columns={["Study", "State", "Arms", "Seeds", "By", "Launched"]}
        empty="No study yet. Under Launch, vary a setting or add seeds to a recipe to make one."
        rows={data.data.map((study) => ({
          key: study.id,
          cells: [
            <Link
              key="name"
              to="/studies/$studyId"
              params={{ studyId: study.id }}
              className="font-medium hover:text-accent hover:underline"
            >
              {study.name}
            </Link>,
            <StateMark key="state" state={study.state} />,
            study.arms,
            study.seeds,
            study.created_by,
            <Ago key="ago" instant={study.created_at} />,
          ],
        }))}
      />
    </Panel>
  ) : (
    <Outline className="h-64" />
  );
}
