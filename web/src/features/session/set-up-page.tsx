import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { acceptInvitation, setUp } from "@/api/access";
import { explain } from "@/api/problem";
import { sessionQuery } from "@/api/session";
import { Logo } from "@/components/logo";
import { NewPasswordInput } from "@/components/new-password-input";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

interface SetUpPageProps {
  /** The one-time secret behind the # of the link. */
  secret: string;
  /** Whether the link invites somebody who has no account yet. */
  invited: boolean;
  onSignedIn: () => void;
}

/** Where a one-time link has its person set a password, and with an invitation a name. */
export function SetUpPage({ secret, invited, onSignedIn }: SetUpPageProps) {
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  useEffect(() => {
    // The secret is good once: it leaves the address bar, and the history, before it is used.
    window.history.replaceState(null, "", window.location.pathname);
  }, []);
  const done = useMutation({
    mutationFn: () =>
      invited ? acceptInvitation(secret, name, password) : setUp(secret, password),
    onSuccess: (session) => {
      queryClient.setQueryData(sessionQuery.queryKey, session);
      onSignedIn();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    done.mutate();
  };
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col justify-center gap-5 p-6">
      <h1>
        <Logo large />
        <span className="sr-only">: {invited ? "join" : "set up"}</span>
      </h1>
      <form onSubmit={submit} className="flex flex-col gap-3" data-testid="set-up">
        <p>{invited ? "You are invited. Choose a name and a password." : "Choose a password."}</p>
        {done.error && (
          <p role="alert" className="rounded-panel border border-line bg-bad-soft px-4 py-3">
            {explain(done.error).happened}
          </p>
        )}
        {invited && (
          <Field label="Name" help="Lower-case letters, digits and . _ @ + -">
            <Input
              required
              autoComplete="username"
              pattern="[a-z0-9][a-z0-9._@+\-]{0,79}"
              value={name}
              onChange={(e) => setName(e.target.value)}
            />
          </Field>
        )}
        <Field label="Password" help="At least 10 characters">
          <NewPasswordInput value={password} onChange={setPassword} />
        </Field>
        <Button
          type="submit"
          variant="primary"
          size="large"
          disabled={!secret}
          busy={done.isPending}
        >
          {invited ? "Join" : "Set the password and sign in"}
        </Button>
      </form>
    </main>
  );
}
