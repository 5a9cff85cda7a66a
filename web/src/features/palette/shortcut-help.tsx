import { Key, useRegistry } from "@/components/shortcuts";

/** Every key that does something here, by the part of the page that it is of. */
export function ShortcutHelp() {
  const registry = useRegistry();
  const groups = new Map<string, Map<string, string>>();
  for (const { group, shortcuts } of registry) {
    const known = groups.get(group) ?? new Map<string, string>();
    for (const { keys, does } of shortcuts) {
      known.set(keys, does);
    }
    groups.set(group, known);
  }
  return (
    <div className="flex flex-col gap-4 overflow-y-auto px-5 pt-1 pb-5" data-testid="keys">
      {[...groups].map(([group, keys]) => (
        <section key={group}>
          <h3 className="pb-1 text-small font-medium text-muted">{group}</h3>
          <dl className="grid grid-cols-[7rem_1fr] items-center gap-y-1.5">
            {[...keys].map(([combination, does]) => (
              <div key={combination} className="contents">
                <dt className="flex gap-1">
                  {combination.split(" ").map((key) => (
                    <Key key={key}>{printed(key)}</Key>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <p className="text-small text-muted">
        Tab and Shift-Tab reach everything else; Escape closes what floats.
      </p>
    </div>
  );
}

/** `Mod+k` as this computer's keyboard has it. */
function printed(key: string): string {
  const isApple = /mac|iphone|ipad/i.test(navigator.userAgent);
  return key.replace("Mod+", isApple ? "⌘ " : "Ctrl ");
}
