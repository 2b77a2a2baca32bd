import type { Run, RunLogLevel, RunLogLine } from '@lastgood/contracts';
import { useEffect, useState, type ReactNode } from 'react';
import { GridList, GridListItem } from 'react-aria-components/GridList';
import { ListLayout, Virtualizer } from 'react-aria-components/Virtualizer';
import { AnyText } from '../parts/any-text.js';
import { Choice } from '../parts/choice.js';
import { Field } from '../parts/field.js';
import { Answer, Empty } from '../parts/states.js';
import { useSettled } from '../time/use-settled.js';
import { useWords } from '../words/words-context.js';
import { useRunLog } from './use-run-log.js';

const LEVELS: readonly RunLogLevel[] = ['info', 'warn', 'error'];
const PAUSE_MS = 200;
const LAYOUT = { estimatedRowHeight: 34 };
/** Room for short logs, a window for long ones, pixels. */
const heightOf = (lines: number): number => Math.min(440, 20 + 40 * lines);

/** What fetcher and writer wrote while they worked on a run: by level and by text. Only the lines in view are drawn. */
export function RunLog({ run }: { run: Run }): ReactNode {
  const { t } = useWords();
  const [level, setLevel] = useState<RunLogLevel>('info');
  const [typed, setTyped] = useState('');
  const wanted = useSettled(typed.trim(), PAUSE_MS);
  const asked = useRunLog(run, level, wanted);
  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = asked;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isFetchNextPageError) void fetchNextPage();
  }, [hasNextPage, isFetching, isFetchNextPageError, fetchNextPage]);
  return (
    <section className="log" aria-label={t.log}>
      <div className="screen-top">
        <h2>{t.log}</h2>
        <div className="filters">
          <Choice label={t.logLevel} value={level} options={LEVELS.map((one) => ({ id: one, name: t.logLevels[one] }))} onChange={(next) => setLevel((next ?? 'info') as RunLogLevel)} />
          <Field label={t.logFind} value={typed} onChange={setTyped} maxLength={100} />
        </div>
      </div>
      <Answer of={asked}>{({ pages }) => <Lines lines={pages.flatMap(({ items }) => items)} filtered={level !== 'info' || wanted !== ''} />}</Answer>
    </section>
  );
}

function Lines({ lines, filtered }: { lines: readonly RunLogLine[]; filtered: boolean }): ReactNode {
  const { t, number } = useWords();
  if (lines.length === 0) return <Empty title={t.noLines}>{!filtered && <p>{t.noLinesHow}</p>}</Empty>;
  return (
    <>
      <p className="count" role="status">{t.lineCount(number(lines.length), lines.length)}</p>
      <Virtualizer layout={ListLayout} layoutOptions={LAYOUT}>
        <GridList className="log-lines" style={{ height: heightOf(lines.length) }} aria-label={t.log} items={lines.map((line, id) => ({ ...line, id }))}>
          {(line) => <GridListItem id={line.id} textValue={line.message} className={`log-line log-${line.level}`}><Line line={line} /></GridListItem>}
        </GridList>
      </Virtualizer>
    </>
  );
}

function Line({ line: { at, level, by, message, fields } }: { line: RunLogLine }): ReactNode {
  const { t, language } = useWords();
  const exact = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hour12: false });
  return (
    <>
      <time dateTime={at} title={at}>{exact.format(new Date(at))}</time>
      <span className={`chip log-level-${level}`}>{t.lineLevels[level]}</span>
      <span className="log-text"><span className="quiet">{by}</span> <span lang="en"><AnyText text={message} /></span> <code className="quiet"><AnyText text={Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`).join(' ')} /></code></span>
    </>
  );
}
