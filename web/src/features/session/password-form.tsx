import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { beginAtProvider, signInByPassword, waysQuery } from "@/api/access";
import { explain } from "@/api/problem";
import { sessionQuery } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

/** Sign in by name and password, or by the provider where there is one. */
export function PasswordForm({ onSignedIn }: { onSignedIn: () => void }) {
  const queryClient = useQueryClient();
  const { data: ways } = useQuery(waysQuery);
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const signedIn = useMutation({
    mutationFn: () => signInByPassword(name, password),
    onSuccess: (session) => {
      queryClient.setQueryData(sessionQuery.queryKey, session);
      onSignedIn();
    },
  });
  const begun = useMutation({
    mutationFn: beginAtProvider,
    onSuccess: ({ url }) => window.location.assign(url),
  });
  const failed = signedIn.error ?? begun.error;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signedIn.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3" data-testid="password-form">
      {failed && (
        <p role="alert" className="rounded-panel border border-line bg-bad-soft px-4 py-3">
          {explain(failed).happened}
        </p>
      )}
      <Field label="Name">
        <Input
          required
          autoComplete="username"
          value={name}
          onChange={(e) => setName(e.target.value)}
        />
      </Field>
      <Field label="Password">
        <Input
          type="password"
          required
          autoComplete="current-password"
          value={password}
          onChange={(e) => setPassword(e.target.value)}
        />
      </Field>
      <Button type="submit" variant="primary" size="large" busy={signedIn.isPending}>
        Sign in
      </Button>
      {ways?.provider && (
        <Button size="large" busy={begun.isPending} onClick={() => begun.mutate()}>
          Sign in with {ways.provider}
        </Button>
      )}
    </form>
  );
}
