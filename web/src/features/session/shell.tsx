import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { LogOut, Search } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { at } from "@/api/prefix";
import type { Identity } from "@/api/schema";
import { sessionQuery, signOut } from "@/api/session";
import { Logo } from "@/components/logo";
import { PAGES } from "@/components/pages";
import { ThemeToggle } from "@/components/theme";
import { Button } from "@/components/ui/button";
import { ConnectionMark } from "./connection-mark";
import { WaitingMark } from "./waiting-mark";

interface ShellProps {
  user: Identity;
  onFind: () => void;
  children: ReactNode;
}

/** What stands around every page: where one can go, whether it is live, who is here. */
export function Shell({ user, onFind, children }: ShellProps) {
  const page = useRef<HTMLElement>(null);
  return (
    <div className="flex min-h-dvh flex-col">
      {/* biome-ignore lint/a11y/useValidAnchor: it leads to a place on the page, without the address saying so. */}
      <a
        href="#page"
        className="sr-only z-50 rounded-small bg-raised px-3 py-2 font-medium focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
        onClick={(event) => {
          event.preventDefault();
          page.current?.focus();
        }}
      >
        Skip to the page
      </a>
      <header className="sticky top-0 z-30 border-b border-line bg-raised">
        <div className="flex flex-wrap items-center gap-x-4 px-4 sm:h-12 sm:flex-nowrap sm:gap-x-6">
          <Link to="/" aria-label="PRISM, home" className="inline-flex h-12 items-center">
            <Logo />
          </Link>
          <nav
            aria-label="Pages"
            className="flex h-9 w-full justify-between max-sm:order-last sm:h-full sm:w-auto sm:gap-5"
          >
            {PAGES.slice(1).map(({ to, label }) => (
              <Link
                key={to}
                to={to}
                className="inline-flex items-center border-b-2 border-transparent pt-0.5 font-medium text-muted hover:text-text aria-[current=page]:border-accent aria-[current=page]:text-text"
              >
                {label}
              </Link>
            ))}
          </nav>
          <div className="ml-auto flex items-center gap-1 sm:gap-3">
            {/* The first, so that a longer word moves nothing. */}
            <ConnectionMark />
            <Button
              variant="plain"
              className="text-muted max-sm:size-8 max-sm:p-0"
              aria-label="Find"
              title="Find a run, a page or an action"
              aria-keyshortcuts="Control+K Meta+K"
              data-testid="find"
              onClick={onFind}
            >
              <Search aria-hidden />
              <kbd className="tabular text-small max-sm:hidden">Ctrl K</kbd>
            </Button>
            <ThemeToggle />
            <span className="text-muted max-sm:hidden" data-testid="user">
              {user.name}
            </span>
            <SignOut />
          </div>
        </div>
      </header>
      <main
        id="page"
        ref={page}
        tabIndex={-1}
        className="w-full min-w-0 flex-1 px-4 py-4 focus:outline-none"
      >
        {children}
      </main>
      <WaitingMark />
    </div>
  );
}

function SignOut() {
  const queryClient = useQueryClient();
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: () => {
      queryClient.clear();
      void queryClient.invalidateQueries(sessionQuery);
      window.location.assign(at("/sign-in"));
    },
  });
  return (
    <Button
      variant="quiet"
      size="icon"
      aria-label="Sign out"
      title="Sign out"
      onClick={() => leave.mutate()}
    >
      <LogOut />
    </Button>
  );
}
