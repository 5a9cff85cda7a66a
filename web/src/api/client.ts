import createClient from "openapi-fetch";
import { prefix } from "./prefix";
import { Refusal, Unreachable } from "./problem";
import type { Problem, paths } from "./schema";

export const client = createClient<paths>({
  baseUrl: globalThis.location && `${globalThis.location.origin}${prefix}`,
  // Looked up at every call, so that a test can stand between.
  fetch: (request) => globalThis.fetch(request),
});

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: globalThis.Response;
}

/** The answer's body. Throws `Refusal` with the server's problem, or `Unreachable`. */
export async function body<Data>(request: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await request.catch((cause: unknown) => {
    throw new Unreachable(cause);
  });
  if (!response.ok) {
    throw new Refusal(response.status, error as Partial<Problem> | undefined);
  }
  return data as Data;
}
