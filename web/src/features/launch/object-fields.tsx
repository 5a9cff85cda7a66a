import type { FieldProps } from "./field-frame";
import { useForm } from "./form-context";
import { changesWithin, problemsWithin } from "./problems";
import { isObject, type Path } from "./recipe-text";
import { SchemaField } from "./schema-field";
import type { SchemaNode } from "./schema-node";

interface ObjectFieldsProps extends FieldProps {
  hidden?: readonly string[];
}

type Entry = [key: string, node: SchemaNode];

/** All settings of a group, those for experts folded away. */
export function ObjectFields({ hidden = [], ...props }: ObjectFieldsProps) {
  const { problems, changes } = useForm();
  const { node, path } = props;
  const entries = Object.entries(node.properties ?? {}).filter(([key]) => !hidden.includes(key));
  const plain = entries.filter(([, child]) => !child.advanced);
  const advanced = entries.filter(([, child]) => child.advanced);
  const changed = advanced.filter(([key]) => isObject(props.value) && key in props.value).length;
  const notable = advanced.some(
    ([key]) =>
      problemsWithin(problems, [...path, key]).length > 0 ||
      changesWithin(changes, [...path, key]).length > 0,
  );
  return (
    <div className="flex flex-col gap-3">
      <Fields {...props} entries={plain} />
      {advanced.length > 0 && (
        <details open={notable || undefined}>
          <summary className="w-fit cursor-pointer text-muted hover:text-text">
            Advanced ({advanced.length}
            {changed > 0 && `, ${changed} set`})
          </summary>
          <div className="mt-3">
            <Fields {...props} entries={advanced} />
          </div>
        </details>
      )}
    </div>
  );
}

function Fields({ entries, path, value, fallback }: FieldProps & { entries: Entry[] }) {
  const whole = useWholeFallback(path, value, fallback);
  return (
    <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,13rem),1fr))] gap-x-4 gap-y-3">
      {entries.map(([key, node]) => (
        <SchemaField
          key={key}
          node={node}
          path={[...path, key]}
          value={isObject(value) ? value[key] : undefined}
          fallback={whole?.[key] ?? node.default}
        />
      ))}
    </div>
  );
}

/** A group's own default counts as a whole: once the recipe names the group, it is gone. */
function useWholeFallback(path: Path, value: unknown, fallback: unknown) {
  return path.length > 2 && value === undefined && isObject(fallback) ? fallback : undefined;
}
