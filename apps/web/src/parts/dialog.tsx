import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { Dialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { useWords } from '../words/words-context.js';
import { Failed } from './states.js';

interface AskProps {
  title: string;
  /** Words of the button that does it. */
  confirm: string;
  danger?: boolean;
  busy?: boolean;
  error?: unknown;
  disabled?: boolean;
  onConfirm: () => void;
  onClose: () => void;
  children?: ReactNode;
}

/** Asks before something is done; Escape and a click beside it close it. */
export function Ask({ title, confirm, danger = false, busy = false, error, disabled = false, onConfirm, onClose, children }: AskProps): ReactNode {
  const { t } = useWords();
  return (
    <Panel title={title} onClose={onClose}>
      <div className="dialog-body">{children}{Boolean(error) && <Failed error={error} />}</div>
      <div className="dialog-buttons">
        <Button className="button" onPress={onClose}>{t.close}</Button>
        <Button className={danger ? 'button button-danger' : 'button button-primary'} isDisabled={busy || disabled} onPress={onConfirm}>{confirm}</Button>
      </div>
    </Panel>
  );
}

/** A dialog that is open while it is shown. */
export function Panel({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }): ReactNode {
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(open) => !open && onClose()}>
      <Modal className="modal">
        <Dialog className="dialog">
          <Heading slot="title" className="dialog-title">{title}</Heading>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
