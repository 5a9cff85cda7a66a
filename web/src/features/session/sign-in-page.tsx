import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { at } from "@/api/prefix";
import { explain, Refusal, Unreachable } from "@/api/problem";
import { sessionQuery, signIn } from "@/api/session";
import { Logo } from "@/components/logo";
import { PasswordForm } from "./password-form";

interface SignInPageProps {
  /** The one-time secret behind the # of the link; empty where somebody came without one. */
  secret: string;
  /** Whether the provider sent the browser back without signing it in. */
  failed: boolean;
  onSignedIn: () => void;
}

/** Turns a one-time link into a session, or says how to get a link. */
export function SignInPage({ secret, failed, onSignedIn }: SignInPageProps) {
  const queryClient = useQueryClient();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    if (!secret) {
      return;
    }
    // The secret is good once: it leaves the address bar, and the history, before it is used.
    window.history.replaceState(null, "", at("/sign-in"));
    signInOnce(secret).then((session) => {
      queryClient.setQueryData(sessionQuery.queryKey, session);
      onSignedIn();
    }, setError);
  }, [secret, queryClient, onSignedIn]);
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col justify-center gap-5 p-6">
      <h1>
        <Logo large />
        <span className="sr-only">: sign in</span>
      </h1>
      {secret && !error ? (
        <p role="status">Signing in …</p>
      ) : (
        <>
          {failed && (
            <p role="alert" className="rounded-panel border border-line bg-bad-soft px-4 py-3">
              The sign-in by the provider failed, or was given up. Try again.
            </p>
          )}
          <PasswordForm onSignedIn={onSignedIn} />
          <Remedy error={error} />
        </>
      )}
    </main>
  );
}

const exchanges = new Map<string, ReturnType<typeof signIn>>();

/** One request per secret, even where React runs an effect twice. */
function signInOnce(secret: string): ReturnType<typeof signIn> {
  const exchange = exchanges.get(secret) ?? signIn(secret);
  exchanges.set(secret, exchange);
  return exchange;
}

function Remedy({ error }: { error: unknown }) {
  return (
    <div className="flex flex-col gap-3" data-testid="sign-in-help">
      {error ? (
        <p role="alert" className="rounded-panel border border-line bg-bad-soft px-4 py-3">
          {happened(error)}
        </p>
      ) : null}
      <p>Or sign in with a one-time link. On the machine that the server runs on:</p>
      <pre className="tabular overflow-x-auto rounded-panel border border-line bg-raised px-4 py-3">
        prism sign-in
      </pre>
      <p className="text-muted">
        It prints a link that works once, within 10 minutes. <code>prism up</code> prints one too
        when it starts.
      </p>
    </div>
  );
}

function happened(error: unknown): string {
  if (error instanceof Unreachable) {
    return "The server does not answer. Start it with `prism up`, then open the link again.";
  }
  const spent = error instanceof Refusal && error.status < 500;
  return spent
    ? "This sign-in link has expired or was used before. Each works once, within 10 minutes."
    : explain(error).happened;
}
