import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { Label } from 'react-aria-components/Label';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { Popover } from 'react-aria-components/Popover';
import { Select, SelectValue } from 'react-aria-components/Select';
import { AnyText } from './any-text.js';
import { Icon } from './icon.js';
import { withoutTurns } from './turns.js';

const ALL = '';

interface ChoiceProps {
  label: string;
  value: string | undefined;
  /** Words for no choice; without them one must be made. */
  all?: string;
  options: readonly { id: string; name: string }[];
  onChange: (value: string | undefined) => void;
}

/** One of several, in a list that opens. */
export function Choice({ label, value, all, options, onChange }: ChoiceProps): ReactNode {
  const items = all === undefined ? options : [{ id: ALL, name: all }, ...options];
  return (
    <Select className="choice" value={value ?? ALL} onChange={(key) => onChange(key === ALL || key === null ? undefined : String(key))}>
      <Label>{label}</Label>
      <Button className="choice-button"><SelectValue className="choice-value" /><Icon name="down" /></Button>
      <Popover className="popover">
        <ListBox className="list-box" items={items}>{({ id, name }) => <ListBoxItem id={id} textValue={withoutTurns(name)} className="list-box-item"><AnyText text={name} /></ListBoxItem>}</ListBox>
      </Popover>
    </Select>
  );
}
