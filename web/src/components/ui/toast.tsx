import { X } from "lucide-react";
import { Toast as Primitive } from "radix-ui";
import { createContext, type ReactNode, useCallback, useContext, useState } from "react";
import { classNames } from "@/components/class-names";

export interface ToastMessage {
  title: string;
  detail?: string;
  tone?: "neutral" | "good" | "bad";
}

const ToastContext = createContext<(message: ToastMessage) => void>(() => {});

const EDGES = { neutral: "border-l-accent", good: "border-l-good", bad: "border-l-bad" };

/** Say something in passing: what changed by itself, or why a click did nothing. */
export function useToast(): (message: ToastMessage) => void {
  return useContext(ToastContext);
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [messages, setMessages] = useState<(ToastMessage & { id: number })[]>([]);
  const show = useCallback((message: ToastMessage) => {
    setMessages((shown) => [...shown.slice(-3), { ...message, id: (shown.at(-1)?.id ?? 0) + 1 }]);
  }, []);
  const remove = (id: number) => setMessages((shown) => shown.filter((one) => one.id !== id));
  return (
    <ToastContext value={show}>
      <Primitive.Provider duration={6_000} label="Message">
        {children}
        {messages.map(({ id, title, detail, tone = "neutral" }) => (
          <Primitive.Root
            key={id}
            onOpenChange={(open) => open || remove(id)}
            data-testid="toast"
            className={classNames(
              "flex items-start gap-3 rounded-panel border border-l-3 border-line bg-raised px-3.5 py-2.5 shadow-float",
              EDGES[tone],
            )}
          >
            <div className="min-w-0 flex-1">
              <Primitive.Title className="font-medium">{title}</Primitive.Title>
              {detail && (
                <Primitive.Description className="text-small text-muted">
                  {detail}
                </Primitive.Description>
              )}
            </div>
            <Primitive.Close aria-label="Dismiss" className="mt-0.5 text-muted hover:text-text">
              <X className="size-3.5" />
            </Primitive.Close>
          </Primitive.Root>
        ))}
        <Primitive.Viewport className="fixed right-4 bottom-4 z-50 flex w-[min(22rem,calc(100vw-2rem))] flex-col gap-2" />
      </Primitive.Provider>
    </ToastContext>
  );
}
