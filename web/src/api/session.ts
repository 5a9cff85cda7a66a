import { queryOptions, useQuery } from "@tanstack/react-query";
import { body, client } from "./client";

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: () => body(client.GET("/api/v1/session")),
  staleTime: 60_000,
});

export function signIn(secret: string) {
  return body(client.POST("/api/v1/session", { body: { secret } }));
}

export function signOut() {
  return body(client.DELETE("/api/v1/session"));
}

/** Whether whoever is signed in may administer any project. */
export function useAdministersAny(): boolean {
  const { data: user } = useQuery(sessionQuery);
  return Boolean(user && (user.administrator || Object.values(user.roles).includes("admin")));
}

/** Whether whoever is signed in may administer a project. */
export function useAdministers(projectId: string): boolean {
  const { data: user } = useQuery(sessionQuery);
  return Boolean(user && (user.administrator || user.roles[projectId] === "admin"));
}

/** Whether whoever is signed in may launch in a project. */
export function useLaunches(projectId: string): boolean {
  const { data: user } = useQuery(sessionQuery);
  const role = user?.roles[projectId];
  return Boolean(user && (user.administrator || role === "member" || role === "admin"));
}
