import { useQuery } from "@tanstack/react-query";
import { HardDrive } from "lucide-react";
import { diskQuery } from "@/api/storage";
import { formatSize } from "@/format/numbers";

/** Says on every page that the server's disk fills up, and what follows from it. */
export function DiskBanner() {
  const { data: disk } = useQuery(diskQuery);
  if (!disk || disk.state === "enough") {
    return null;
  }
  const left = `${formatSize(disk.free_bytes)} of ${formatSize(disk.total_bytes)} left`;
  const full = disk.state === "full";
  return (
    <div
      role="alert"
      data-testid="disk-banner"
      className={`mb-4 flex items-start gap-3 rounded-panel border border-line px-4 py-3 ${full ? "bg-bad-soft" : "bg-warn-soft"}`}
    >
      <HardDrive aria-hidden className="mt-0.5 size-4 shrink-0" />
      <p className="max-w-[72ch]">
        {full
          ? `The server's disk is full: ${left}. Launches and uploads are refused; what runs goes on.`
          : `The server's disk fills up: ${left}. Below ${formatSize(disk.reserve_bytes)} launches and uploads are refused.`}
      </p>
    </div>
  );
}
