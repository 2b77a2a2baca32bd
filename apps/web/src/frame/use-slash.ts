import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';

/** `/` goes to the search box from every screen, unless somebody types or a question is open; without a district that may be searched it does nothing. */
export function useSlash(district: string | undefined): void {
  const navigate = useNavigate();
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      const busy = event.target instanceof HTMLElement && event.target.closest('input, textarea, [contenteditable], [role=dialog], [role=listbox]');
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || busy || district === undefined) return;
      event.preventDefault();
      const box = document.querySelector<HTMLInputElement>('.search-input');
      box?.focus();
      box?.select();
      if (!box) void navigate({ to: '/$district/search', params: { district } });
    };
    document.addEventListener('keydown', focus);
    return () => document.removeEventListener('keydown', focus);
  }, [district, navigate]);
}
