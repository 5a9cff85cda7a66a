import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { panelsQuery, replacePanels } from "@/api/panels";
import { explain } from "@/api/problem";
import type { Panel } from "@/api/schema";
import { useToast } from "@/components/ui/toast";

const NONE: readonly Panel[] = [];

/** One's own panels of a project, and the way to have others; what was chosen shows at once. */
export function useOwnPanels(projectId: string) {
  const queryClient = useQueryClient();
  const show = useToast();
  const query = panelsQuery(projectId);
  const { data: board, error } = useQuery(query);
  const { mutate } = useMutation({
    // One after another: each names the version that the one before it made.
    scope: { id: `panels ${projectId}` },
    mutationFn: (panels: readonly Panel[]) => {
      const version = queryClient.getQueryData(query.queryKey)?.version ?? 0;
      return replacePanels(projectId, { panels: [...panels], version });
    },
    onSuccess: ({ version }) => {
      queryClient.setQueryData(query.queryKey, (known) => known && { ...known, version });
    },
    onError: (refused) => {
      const { happened, remedy } = explain(refused);
      show({ title: happened, detail: remedy, tone: "bad" });
      void queryClient.invalidateQueries(query);
    },
  });
  const change = (update: (panels: readonly Panel[]) => readonly Panel[]) => {
    const known = queryClient.getQueryData(query.queryKey);
    if (known) {
      // At once, so that a second press builds upon the first.
      void queryClient.cancelQueries(query);
      const panels = [...update(known.panels)];
      queryClient.setQueryData(query.queryKey, { ...known, panels });
      mutate(panels);
    }
  };
  return { panels: board?.panels ?? NONE, isKnown: board !== undefined, error, change };
}

/** The panels that the address holds, if it does, and the way to have one's own again. */
export function useSharedPanels() {
  const { panels: shared } = useSearch({ strict: false });
  const navigate = useNavigate();
  const leave = () =>
    void navigate({ to: ".", search: (now) => ({ ...now, panels: undefined }), replace: true });
  return { shared, leave };
}

/** The address of this page with these panels in it. */
export function linkTo(panels: readonly Panel[]): string {
  const link = new URL(window.location.href);
  link.searchParams.set("panels", JSON.stringify(panels));
  return link.href;
}
