import { queryOptions } from "@tanstack/react-query";
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
