import type { ReactNode } from 'react';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextArea } from 'react-aria-components/TextArea';
import { TextField } from 'react-aria-components/TextField';

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string;
  type?: 'text' | 'password' | 'date';
  required?: boolean;
  lines?: boolean;
  autoFocus?: boolean;
  maxLength?: number;
  autoComplete?: string;
}

/** One line, or several, to be written. */
export function Field({ label, value, onChange, hint, type = 'text', required = false, lines = false, autoFocus = false, maxLength = 500, autoComplete = 'off' }: FieldProps): ReactNode {
  return (
    <TextField className="field" value={value} onChange={onChange} isRequired={required} type={type} autoFocus={autoFocus} maxLength={maxLength} autoComplete={autoComplete}>
      <Label>{label}</Label>
      {lines ? <TextArea className="input" rows={3} /> : <Input className="input" />}
      {hint !== undefined && <Text slot="description" className="hint">{hint}</Text>}
    </TextField>
  );
}
