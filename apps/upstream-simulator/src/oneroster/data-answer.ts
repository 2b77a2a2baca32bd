import { jsonAnswer, jsonText, type Answer } from '../answer.js';
import type { FiredQuirks } from '../quirks/quirk-engine.js';
import { recordChange } from '../quirks/record-quirks.js';
import { pageRange, quirkyRows, type PageRange } from '../quirks/row-quirks.js';
import type { Roster } from '../roster.js';
import type { SimulatorState } from '../simulator-state.js';
import { Failure } from './failure.js';
import { bareArrayHeaders, linkHeader, toldTotal, type ListPosition } from './list-headers.js';
import { nestedRows } from './nested-rows.js';
import { listKey, singleKey } from './pages.js';
import { readListQuery, type ListQuery } from './query.js';
import { RecordWriter, type JsonRecord } from './records.js';
import { wholeCollection, type RowView } from './row-view.js';
import type { ServiceRequest } from './service-path.js';

/** A data request that was let in. */
export interface DataRequest {
  readonly service: ServiceRequest;
  readonly parameters: URLSearchParams;
  /** Scheme and host as the caller wrote them. */
  readonly origin: string;
  /** Path as asked for, without query. */
  readonly path: string;
  /** Number of the ClassLink application, 0 without. */
  readonly tenant: number;
  readonly quirks: FiredQuirks;
}

function project(record: JsonRecord, fields: readonly string[] | undefined): JsonRecord {
  return fields === undefined ? record : Object.fromEntries(fields.map((field) => [field, record[field]]));
}

function rowsOf(state: SimulatorState, request: DataRequest, roster: Roster, writer: RecordWriter, query: ListQuery): RowView {
  const { target } = request.service;
  const { collection } = target;
  const key = `${request.tenant} ${writer.baseUrl}`;
  if (target.kind === 'nested') {
    const rows = nestedRows(roster, target, request.quirks.has('teachersAmongStudents'));
    const view: RowView = { count: rows.length, at: (position) => writer.write(collection, rows[position] as (typeof rows)[number]) };
    return state.selections.select(view, query, writer, collection, `${key} ${target.parent} ${target.id} ${target.classId ?? ''}`);
  }
  return state.selections.select(wholeCollection(roster, collection, writer), query, writer, collection, key);
}

function written(rows: RowView, range: PageRange, change: ((record: JsonRecord) => JsonRecord) | undefined, query: ListQuery): string[] {
  const records: string[] = [];
  for (let position = range.start; position < range.end; position += 1) {
    const record = rows.at(position);
    records.push(JSON.stringify(project(change === undefined ? record : change(record), query.fields)));
  }
  if (range.shuffled) records.reverse();
  return records;
}

function totalHeaders(state: SimulatorState, request: DataRequest, rows: number, total: number): Record<string, string> {
  const told = toldTotal(total, state.countAnswer(), request.quirks);
  const headers: Record<string, string> = {};
  if (told !== undefined) headers['x-total-count'] = String(told);
  if (request.service.application === undefined) return headers;
  if (told !== undefined) headers['x-count'] = String(rows);
  headers['x-perm-rev'] = state.revision;
  return headers;
}

function listAnswer(state: SimulatorState, request: DataRequest, roster: Roster, writer: RecordWriter): Answer {
  const { quirks, service, parameters } = request;
  const { collection } = service.target;
  const query = readListQuery(parameters, collection, service.version);
  const limit = Math.min(query.limit, state.settings.maxLimit, quirks.get('clampLimit')?.limit ?? Infinity);
  const moving = quirks.get('movingRows');
  if (moving !== undefined) state.move(collection, moving);
  const rows = quirkyRows(rowsOf(state, request, roster, writer, query), quirks, state.movement(collection));
  const empty = quirks.get('emptyCollection');
  const whole = pageRange(rows.count, query.offset, limit, query.sort === 'sourcedId', quirks);
  const range = empty === undefined ? whole : { ...whole, end: whole.start };
  const records = written(rows, range, recordChange(quirks), query);
  const total = empty?.total === 'zero' ? 0 : rows.count;
  const position: ListPosition = {
    address: request.origin + request.path, parameters, offset: query.offset, limit, rows: records.length, total,
  };
  const headers = totalHeaders(state, request, records.length, total);
  const link = linkHeader(position, quirks);
  if (link !== undefined) headers['link'] = link;
  const list = `[${records.join(',')}]`;
  const bare = quirks.has('bareArray');
  if (bare) Object.assign(headers, bareArrayHeaders(position));
  const key = quirks.get('wrongEnvelope')?.key ?? listKey[collection];
  return jsonText(200, bare ? list : `{${JSON.stringify(key)}:${list}}`, headers);
}

function singleAnswer(state: SimulatorState, request: DataRequest, roster: Roster, writer: RecordWriter): Answer {
  const { target } = request.service;
  if (target.kind !== 'single') throw new Failure(500, 'internal_server_error', 'Not a single record.');
  const row = roster.find(target.collection, target.id);
  if (row === undefined) throw new Failure(404, 'unknownobject', `There is no such record in ${target.collection}.`);
  const change = recordChange(request.quirks);
  const record = writer.write(target.collection, row);
  const { fields } = readListQuery(request.parameters, target.collection, request.service.version);
  const key = request.quirks.get('wrongEnvelope')?.key ?? singleKey[target.collection];
  const headers: Record<string, string> = request.service.application === undefined ? {} : { 'x-perm-rev': state.revision };
  return jsonAnswer(200, { [key]: project(change === undefined ? record : change(record), fields) }, headers);
}

/** Where references point: below the asked-for service; through the ClassLink proxy to the district's own host. */
function referenceRoot(request: DataRequest): string {
  const { application, prefix } = request.service;
  if (application === undefined) return request.origin + prefix;
  return `https://district-${request.tenant + 1}-v2.oneroster.example/ims/oneroster/v1p1`;
}

/** Answers a data request from the roster, with the quirks that change rows, records and paging. Throws a Failure. */
export function answerData(state: SimulatorState, request: DataRequest): Answer {
  const roster = state.roster(request.tenant);
  const writer = new RecordWriter(request.service.version, referenceRoot(request));
  if (request.quirks.has('permRevChanges')) state.bumpRevision();
  return request.service.target.kind === 'single'
    ? singleAnswer(state, request, roster, writer)
    : listAnswer(state, request, roster, writer);
}
