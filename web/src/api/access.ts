import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";
import type { NewRole, NewToken, NewUser, NewWorkerToken, UserChange } from "./schema";

export const waysQuery = queryOptions({
  queryKey: ["ways"],
  queryFn: () => body(client.GET("/api/v1/session/ways")),
  staleTime: Number.POSITIVE_INFINITY,
});

export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: () => body(client.GET("/api/v1/sessions")),
});

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: () => body(client.GET("/api/v1/tokens")),
});

export const workerTokensQuery = queryOptions({
  queryKey: ["worker-tokens"],
  queryFn: () => body(client.GET("/api/v1/worker-tokens")),
});

/** Accounts of the installation, oldest first. */
export const usersQuery = infiniteQueryOptions({
  queryKey: ["users"],
  queryFn: ({ pageParam }) =>
    body(client.GET("/api/v1/users", { params: { query: { limit: 100, after: pageParam } } })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next_cursor ?? undefined,
});

export const projectsQuery = queryOptions({
  queryKey: ["projects"],
  queryFn: () => body(client.GET("/api/v1/projects")),
});

export function membersQuery(projectId: string) {
  return queryOptions({
    queryKey: ["members", projectId],
    queryFn: () =>
      body(
        client.GET("/api/v1/projects/{project_id}/members", {
          params: { path: { project_id: projectId } },
        }),
      ),
  });
}

export function invitationsQuery(projectId: string) {
  return queryOptions({
    queryKey: ["invitations", projectId],
    queryFn: () =>
      body(
        client.GET("/api/v1/projects/{project_id}/invitations", {
          params: { path: { project_id: projectId } },
        }),
      ),
  });
}

export function keysQuery(projectId: string) {
  return queryOptions({
    queryKey: ["keys", projectId],
    queryFn: () =>
      body(
        client.GET("/api/v1/projects/{project_id}/keys", {
          params: { path: { project_id: projectId } },
        }),
      ),
  });
}

export interface ChangeFilter {
  by?: string;
  kind?: string;
}

export function changesQuery(filter: ChangeFilter) {
  return infiniteQueryOptions({
    queryKey: ["audit-log", filter],
    queryFn: ({ pageParam }) =>
      body(
        client.GET("/api/v1/audit-log", {
          params: { query: { ...filter, after: pageParam ?? undefined } },
        }),
      ),
    initialPageParam: null as number | null,
    getNextPageParam: ({ next_cursor }) => (next_cursor ? Number(next_cursor) : null),
  });
}

export const signInByPassword = (name: string, password: string) =>
  body(client.POST("/api/v1/session/password", { body: { name, password } }));

export const setUp = (secret: string, password: string) =>
  body(client.POST("/api/v1/session/set-up", { body: { secret, password } }));

export const acceptInvitation = (secret: string, name: string, password: string) =>
  body(client.POST("/api/v1/session/invitation", { body: { secret, name, password } }));

export const beginAtProvider = () => body(client.POST("/api/v1/session/oidc"));

export const changePassword = (current: string | null, password: string) =>
  body(client.PUT("/api/v1/session/password", { body: { current, new: password } }));

export const endSession = (id: string) =>
  body(client.DELETE("/api/v1/sessions/{session_id}", { params: { path: { session_id: id } } }));

export const createToken = (token: NewToken) =>
  body(client.POST("/api/v1/tokens", { body: token }));

export const revokeToken = (id: string) =>
  body(client.DELETE("/api/v1/tokens/{token_id}", { params: { path: { token_id: id } } }));

export const createWorkerToken = (token: NewWorkerToken) =>
  body(client.POST("/api/v1/worker-tokens", { body: token }));

export const revokeWorkerToken = (id: string) =>
  body(client.DELETE("/api/v1/worker-tokens/{token_id}", { params: { path: { token_id: id } } }));

export const createUser = (user: NewUser) => body(client.POST("/api/v1/users", { body: user }));

export const changeUser = (id: string, change: UserChange) =>
  body(
    client.PATCH("/api/v1/users/{user_id}", { params: { path: { user_id: id } }, body: change }),
  );

export const setUpLink = (id: string) =>
  body(client.POST("/api/v1/users/{user_id}/set-up-link", { params: { path: { user_id: id } } }));

export const invite = (projectId: string, role: NewRole["role"]) =>
  body(
    client.POST("/api/v1/projects/{project_id}/invitations", {
      params: { path: { project_id: projectId } },
      body: { role },
    }),
  );

export const revokeInvitation = (projectId: string, id: string) =>
  body(
    client.DELETE("/api/v1/projects/{project_id}/invitations/{invitation_id}", {
      params: { path: { project_id: projectId, invitation_id: id } },
    }),
  );

export const setKey = (projectId: string, name: string, value: string) =>
  body(
    client.PUT("/api/v1/projects/{project_id}/keys/{key_name}", {
      params: { path: { project_id: projectId, key_name: name } },
      body: { value },
    }),
  );

export const removeKey = (projectId: string, name: string) =>
  body(
    client.DELETE("/api/v1/projects/{project_id}/keys/{key_name}", {
      params: { path: { project_id: projectId, key_name: name } },
    }),
  );

export const setRole = (projectId: string, userId: string, role: NewRole["role"]) =>
  body(
    client.PUT("/api/v1/projects/{project_id}/members/{user_id}", {
      params: { path: { project_id: projectId, user_id: userId } },
      body: { role },
    }),
  );

export const removeMember = (projectId: string, userId: string) =>
  body(
    client.DELETE("/api/v1/projects/{project_id}/members/{user_id}", {
      params: { path: { project_id: projectId, user_id: userId } },
    }),
  );
