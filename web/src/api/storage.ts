import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";

/** The server's disk fills up over hours, so a look now and then is enough. */
export const diskQuery = queryOptions({
  queryKey: ["storage", "disk"],
  queryFn: () => body(client.GET("/api/v1/storage/disk")),
  refetchInterval: 60_000,
  staleTime: 60_000,
});
