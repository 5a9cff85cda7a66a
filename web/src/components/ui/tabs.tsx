import { Tabs as Primitive } from "radix-ui";
import type { ComponentProps } from "react";
import { classNames } from "@/components/class-names";

export const Tabs = Primitive.Root;
export const TabsContent = Primitive.Content;

export function TabsList({ className, ...rest }: ComponentProps<typeof Primitive.List>) {
  return (
    <Primitive.List
      className={classNames("flex gap-4 overflow-x-auto border-b border-line", className)}
      {...rest}
    />
  );
}

export function TabsTrigger({ className, ...rest }: ComponentProps<typeof Primitive.Trigger>) {
  return (
    <Primitive.Trigger
      className={classNames(
        "-mb-px h-9 shrink-0 border-b-2 border-transparent px-0.5 font-medium text-muted",
        "hover:text-text data-[state=active]:border-accent data-[state=active]:text-text",
        className,
      )}
      {...rest}
    />
  );
}
