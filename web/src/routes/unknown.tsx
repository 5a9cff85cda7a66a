import { createRoute, Link } from "@tanstack/react-router";
import { Button } from "@/components/ui/button";
import { Panel } from "@/components/ui/panel";
import { signedInRoute } from "./signed-in";

/** Every address that no page has. */
export const unknownRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "$",
  component: UnknownPage,
});

function UnknownPage() {
  const { _splat: address } = unknownRoute.useParams();
  return (
    <div className="mx-auto mt-[12vh] max-w-md">
      <Panel className="flex flex-col gap-3 p-6">
        <h1 className="text-title font-semibold">There is no such page</h1>
        <p className="break-words text-muted">
          Nothing is at <span className="text-text">/{address}</span>. It may have been deleted, or
          the address is not whole.
        </p>
        <Button asChild variant="primary" size="large" className="self-start">
          <Link to="/">Go home</Link>
        </Button>
      </Panel>
    </div>
  );
}
