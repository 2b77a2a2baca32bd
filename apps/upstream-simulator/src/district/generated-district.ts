import { Roster, type AnyRow, type Collection, type EnrollmentRow } from '../roster.js';
import { demographicsAt } from './demographics.js';
import { staffOrdinalOfTeacher, teacherCount, userAt } from './people.js';
import { DistrictPlan, type DistrictParameters } from './plan.js';
import {
  classAt,
  courseAt,
  courseCount,
  orgAt,
  sessions,
  studentEnrollmentAt,
  studentEnrollmentCount,
  teacherEnrollmentAt,
} from './teaching.js';

interface Reader {
  readonly count: number;
  readonly at: (position: number) => AnyRow;
}

function listReader(rows: readonly AnyRow[]): Reader {
  return { count: rows.length, at: (position) => rows[position] as AnyRow };
}

function enrollmentReader(plan: DistrictPlan): Reader {
  const students = studentEnrollmentCount(plan);
  const at = (position: number): EnrollmentRow =>
    position < students ? studentEnrollmentAt(plan, position) : teacherEnrollmentAt(plan, position - students);
  return { count: students + plan.classCount, at };
}

/**
 * A district whose every record is computed from the parameters and its position: nothing but the
 * plan is kept, and equal parameters always give equal records.
 */
export class GeneratedDistrict extends Roster {
  readonly plan: DistrictPlan;
  readonly #readers: Readonly<Record<Collection, Reader>>;

  constructor(readonly parameters: DistrictParameters) {
    super();
    const plan = new DistrictPlan(parameters);
    this.plan = plan;
    const students = plan.count('student');
    this.#readers = {
      orgs: { count: plan.schools.length + 1, at: (position) => orgAt(plan, position) },
      schools: { count: plan.schools.length, at: (position) => orgAt(plan, position + 1) },
      academicSessions: listReader(sessions),
      terms: listReader(sessions.filter((session) => session.type === 'term')),
      gradingPeriods: listReader(sessions.filter((session) => session.type === 'gradingPeriod')),
      courses: { count: courseCount, at: (position) => courseAt(plan, position) },
      classes: { count: plan.classCount, at: (position) => classAt(plan, position) },
      users: { count: plan.people, at: (position) => userAt(plan, position) },
      students: { count: students, at: (position) => userAt(plan, plan.placeOf('student', position)) },
      teachers: {
        count: teacherCount(plan),
        at: (position) => userAt(plan, plan.placeOf('staff', staffOrdinalOfTeacher(position))),
      },
      enrollments: enrollmentReader(plan),
      demographics: { count: students, at: (position) => demographicsAt(plan, position) },
    };
  }

  override count(collection: Collection): number {
    return this.#readers[collection].count;
  }

  override at(collection: Collection, position: number): AnyRow {
    const reader = this.#readers[collection];
    if (!(position >= 0 && position < reader.count)) throw new RangeError(`${collection} has no position ${position}`);
    return reader.at(position);
  }

  override find(collection: Collection, id: string): AnyRow | undefined {
    const reader = this.#readers[collection];
    let low = 0;
    let high = reader.count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const row = reader.at(middle);
      if (row.id === id) return row;
      if (row.id < id) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }
}
