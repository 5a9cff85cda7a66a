import type { FieldProblem, Problem } from "./schema";

/** The server answered, but would not do what it was asked. */
export class Refusal extends Error {
  readonly status: number;
  readonly title: string;
  readonly code: string;
  readonly fields: FieldProblem[];
  readonly requestId: string | undefined;

  constructor(status: number, problem: Partial<Problem> | undefined) {
    super(problem?.detail || problem?.title || `The server answered with status ${status}.`);
    this.status = status;
    this.title = problem?.title ?? "The server refused";
    this.code = problem?.code ?? "";
    this.fields = problem?.errors ?? [];
    this.requestId = problem?.request_id;
  }
}

/** No answer came: the server is down, or the network is. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("The server does not answer.", { cause });
  }
}

interface Explanation {
  happened: string;
  remedy: string;
}

const REMEDIES: Record<number, string> = {
  401: "Sign in again with a fresh link: run `prism sign-in` on the server's machine.",
  403: "Ask an administrator of the project for the right to do this.",
  404: "Check the address, or go back to the list.",
  409: "Look at its present state and try what fits.",
  422: "Correct the fields that are named and try again.",
};

/** What happened and what to do about it, in words for a person. */
export function explain(error: unknown): Explanation {
  if (error instanceof Unreachable) {
    return {
      happened: "The server does not answer.",
      remedy: "Runs go on without it. This page tries again by itself; is `prism up` running?",
    };
  }
  if (error instanceof Refusal) {
    const remedy =
      REMEDIES[error.status] ??
      (error.status >= 500
        ? `Try again. If it happens twice, look for request ${error.requestId ?? "id"} in the server's log.`
        : "");
    return { happened: error.message, remedy };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { happened: message, remedy: "Reload the page." };
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof Refusal && error.status === 401;
}
