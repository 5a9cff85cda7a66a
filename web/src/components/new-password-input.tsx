import { Input } from "./ui/input";

interface NewPasswordInputProps {
  value: string;
  onChange: (password: string) => void;
}

/** A password that is being chosen; the server asks for the same lengths. */
export function NewPasswordInput({ value, onChange }: NewPasswordInputProps) {
  return (
    <Input
      type="password"
      autoComplete="new-password"
      required
      minLength={10}
      maxLength={200}
      value={value}
      onChange={(e) => onChange(e.target.value)}
    />
  );
}
