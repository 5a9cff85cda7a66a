import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";

/** The recipe's schema, the vetted recipes and the meaning of every metric. */
export const catalogQuery = queryOptions({
  queryKey: ["catalog"],
  queryFn: () => body(client.GET("/api/v1/catalog")),
  staleTime: Number.POSITIVE_INFINITY,
});
