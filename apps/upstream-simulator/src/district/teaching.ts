import type { ClassRow, CourseRow, EnrollmentRow, OrgRow, SessionRow } from '../roster.js';
import { changesUntil, modifiedAt } from './nights.js';
import { idEnding, placeAt, schooling, userId, type Place } from './people.js';
import { coreSubjects, gradesOf, levelOfOrdinal, type DistrictPlan, type School } from './plan.js';
import { mix, padded, pick } from './random.js';
import { blockSize, staffPerBlock, studentsPerBlock } from './household.js';

const coreNames = ['English Language Arts', 'Mathematics', 'Science', 'Social Studies'] as const;
const electiveNames = ['Art', 'Music', 'Español', 'Physical Education'] as const;
const subjectNames = [...coreNames, ...electiveNames];
const subjectCodes = ['01', '02', '03', '04', '05', '05', '06', '08'] as const;

const schoolNames = ['Lincoln', 'Washington', 'Roosevelt', 'Río Vista', 'Jefferson', 'César Chávez', 'Oak Hill', 'Franklin', 'Maple Grove', 'Sainte-Anne', 'Riverside', 'Martin Luther King Jr.', 'Sequoyah', 'Lakeview', 'Kamehameha', 'Highland'] as const;

const schoolYear = '2026';
const schoolYearId = 'FY';
const noon = (day: string): string => `${day}T12:00:00.000Z`;

/** The school year, its two terms and four grading periods. */
export const sessions: readonly SessionRow[] = [
  { id: schoolYearId, title: 'School year 2025-2026', type: 'schoolYear', startDate: '2025-08-25', endDate: '2026-06-20', childIds: ['S1', 'S2'] },
  { id: 'GP-1', title: 'Quarter 1', type: 'gradingPeriod', startDate: '2025-08-25', endDate: '2025-11-01', parentId: 'S1', childIds: [] },
  { id: 'GP-2', title: 'Quarter 2', type: 'gradingPeriod', startDate: '2025-11-01', endDate: '2026-01-17', parentId: 'S1', childIds: [] },
  { id: 'GP-3', title: 'Quarter 3', type: 'gradingPeriod', startDate: '2026-01-17', endDate: '2026-03-28', parentId: 'S2', childIds: [] },
  { id: 'GP-4', title: 'Quarter 4', type: 'gradingPeriod', startDate: '2026-03-28', endDate: '2026-06-20', parentId: 'S2', childIds: [] },
  { id: 'S1', title: 'Semester 1', type: 'term', startDate: '2025-08-25', endDate: '2026-01-17', parentId: schoolYearId, childIds: ['GP-1', 'GP-2'] },
  { id: 'S2', title: 'Semester 2', type: 'term', startDate: '2026-01-17', endDate: '2026-06-20', parentId: schoolYearId, childIds: ['GP-3', 'GP-4'] },
].map((session) => ({ ...session, schoolYear, status: 'active' as const, modified: noon('2025-07-01') }));

/** The district (position 0) and its schools. */
export function orgAt(plan: DistrictPlan, position: number): OrgRow {
  if (position === 0) {
    return {
      id: plan.districtOrgId,
      status: 'active',
      modified: noon('2025-07-01'),
      name: `${plan.parameters.districtId} Unified School District`,
      type: 'district',
      identifier: padded(plan.seed % 10_000_000, 7),
      childIds: plan.schools.map((school) => school.id),
    };
  }
  const school = plan.schools[position - 1] as School;
  const hash = mix(plan.seed ^ 0x5c, school.index);
  const base = pick(schoolNames, hash);
  const kind = school.level === 'primary' ? 'Elementary' : 'High School';
  return {
    id: school.id,
    status: 'active',
    modified: noon('2025-07-01'),
    name: school.index < schoolNames.length ? `${base} ${kind} ${school.index + 1}` : `${kind} No. ${school.index + 1} ${base}`,
    type: 'school',
    identifier: hash % 9 === 0 ? '' : padded(hash, 10),
    parentId: plan.districtOrgId,
    childIds: [],
  };
}

const primaryCourses = gradesOf.primary.length;
/** Number of courses: a homeroom for each primary grade, eight subjects for each secondary grade. */
export const courseCount = primaryCourses + gradesOf.secondary.length * subjectNames.length;

const courseId = (number: number): string => `crs-${padded(number, 3)}`;

export function courseAt(plan: DistrictPlan, number: number): CourseRow {
  const base = { id: courseId(number), status: 'active' as const, modified: noon('2025-07-15'), schoolYearId, orgId: plan.districtOrgId };
  if (number < primaryCourses) {
    const grade = gradesOf.primary[number] as string;
    return { ...base, title: `Grade ${grade} homeroom`, courseCode: `HR-${grade}`, grades: [grade], subjects: ['Homeroom'], subjectCodes: ['22'] };
  }
  const subject = (number - primaryCourses) % subjectNames.length;
  const grade = gradesOf.secondary[Math.floor((number - primaryCourses) / subjectNames.length)] as string;
  const title = subjectNames[subject] as string;
  return { ...base, title: `${title} ${grade}`, courseCode: `${subjectCodes[subject]}-${grade}-${subject}`, grades: [grade], subjects: [title], subjectCodes: [subjectCodes[subject] as string] };
}

const classId = (school: School, number: number): string => `c-${padded(school.index + 1, 4)}-${padded(number, 4)}`;

/** What a class within a school teaches; `subject` is -1 for a homeroom. */
function classShape(school: School, number: number): { grade: number; subject: number; section: number } {
  const grade = Math.floor(number / school.classesPerGrade);
  const rest = number % school.classesPerGrade;
  if (school.level === 'primary') return { grade, subject: -1, section: rest };
  const core = coreSubjects * school.sections;
  if (rest < core) return { grade, subject: Math.floor(rest / school.sections), section: rest % school.sections };
  const elective = rest - core;
  return { grade, subject: coreSubjects + Math.floor(elective / school.electiveSections), section: elective % school.electiveSections };
}

function schoolOfClass(plan: DistrictPlan, position: number): School {
  let low = 0;
  let high = plan.schools.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((plan.schools[middle] as School).firstClass <= position) low = middle;
    else high = middle - 1;
  }
  return plan.schools[low] as School;
}

const wholeYear = ['S1', 'S2'];

/** Electives last a semester, everything else the year. */
function termIdsOf(plan: DistrictPlan, school: School, number: number): readonly string[] {
  if (classShape(school, number).subject < coreSubjects) return wholeYear;
  return [mix(plan.seed ^ 0xc1a55, school.firstClass + number) % 2 === 0 ? 'S1' : 'S2'];
}

const termOf = new Map(sessions.filter(({ type }) => type === 'term').map((term) => [term.id, term]));

/** An enrollment lasts as long as its class. */
function timeOf(plan: DistrictPlan, school: School, number: number): { beginDate: string | undefined; endDate: string | undefined } {
  const termIds = termIdsOf(plan, school, number);
  return { beginDate: termOf.get(termIds[0] ?? '')?.startDate, endDate: termOf.get(termIds.at(-1) ?? '')?.endDate };
}

export function classAt(plan: DistrictPlan, position: number): ClassRow {
  const school = schoolOfClass(plan, position);
  const number = position - school.firstClass;
  const { grade, subject, section } = classShape(school, number);
  const letter = String.fromCharCode(65 + (section % 26)) + (section >= 26 ? String(Math.floor(section / 26)) : '');
  const hash = mix(plan.seed ^ 0xc1a55, position);
  const changes = changesUntil(hash, plan.night);
  const gradeName = gradesOf[school.level][grade] as string;
  const homeroom = subject < 0;
  const courseNumber = homeroom ? grade : primaryCourses + grade * subjectNames.length + subject;
  const subjectName = homeroom ? 'Homeroom' : (subjectNames[subject] as string);
  return {
    id: classId(school, number),
    status: 'active',
    modified: modifiedAt(hash, changes),
    title: `${subjectName} ${gradeName}${letter}`,
    classCode: `${homeroom ? 'HR' : subjectCodes[subject]}-${gradeName}-${letter}`,
    classType: homeroom ? 'homeroom' : 'scheduled',
    location: `Room ${100 + (mix(hash, changes) % 300)}`,
    grades: [gradeName],
    subjects: [subjectName],
    subjectCodes: [homeroom ? '22' : (subjectCodes[subject] as string)],
    periods: homeroom ? ['1', '2', '3', '4', '5', '6'] : [String(1 + (hash % 7))],
    courseId: courseId(courseNumber),
    schoolId: school.id,
    termIds: termIdsOf(plan, school, number),
  };
}

/** How many classes a student of a block's ordinal takes: one homeroom, or four to five subjects. */
const enrollmentsOfOrdinal: readonly number[] = (() => {
  let secondary = 0;
  return levelOfOrdinal.map((level) => (level === 'primary' ? 1 : 4 + (secondary++ % 2)));
})();

const firstOfOrdinal: readonly number[] = enrollmentsOfOrdinal.map((_, ordinal) =>
  enrollmentsOfOrdinal.slice(0, ordinal).reduce((sum, count) => sum + count, 0),
);

/** For each enrollment of a block: the student's ordinal. */
const ordinalOfEnrollment: readonly number[] = enrollmentsOfOrdinal.flatMap((count, ordinal) =>
  Array.from({ length: count }, () => ordinal),
);

const enrollmentsPerBlock = ordinalOfEnrollment.length;

/** Number of enrollments of students; those of teachers (one for each class) follow them. */
export function studentEnrollmentCount(plan: DistrictPlan): number {
  const students = plan.count('student');
  const rest = students % studentsPerBlock;
  return ((students - rest) / studentsPerBlock) * enrollmentsPerBlock + (firstOfOrdinal[rest] as number);
}

function classOfStudent(plan: DistrictPlan, place: Place, nth: number, moves: number): { school: School; number: number } {
  const { school, grade } = schooling(plan, place);
  const start = grade * school.classesPerGrade;
  if (school.level === 'primary') {
    return { school, number: start + ((mix(place.hash, 60) + moves) % school.sections) };
  }
  if (nth < coreSubjects) {
    return { school, number: start + nth * school.sections + ((mix(place.hash, 61 + nth) + moves) % school.sections) };
  }
  const elective = mix(place.hash, 70) % electiveNames.length;
  const section = (mix(place.hash, 71) + moves) % school.electiveSections;
  return { school, number: start + coreSubjects * school.sections + elective * school.electiveSections + section };
}

/** The n-th enrollment of a student, in the order of the students' places. */
export function studentEnrollmentAt(plan: DistrictPlan, position: number): EnrollmentRow {
  const block = Math.floor(position / enrollmentsPerBlock);
  const within = position - block * enrollmentsPerBlock;
  const ordinal = ordinalOfEnrollment[within] as number;
  const nth = within - (firstOfOrdinal[ordinal] as number);
  const slot = plan.layout(block).slotsOf.student[ordinal] as number;
  const place = placeAt(plan, block * blockSize + slot);
  const hash = mix(place.placeHash, 80 + nth);
  const moves = changesUntil(hash, plan.night);
  const { school, number } = classOfStudent(plan, place, nth, moves);
  const own = modifiedAt(hash, moves);
  const persons = modifiedAt(place.placeHash, place.history.changes);
  return {
    id: `e${padded(place.index, 7)}${idEnding(place)}-${nth}`,
    status: place.history.departed ? 'tobedeleted' : 'active',
    modified: place.history.changes > 0 && persons > own ? persons : own,
    userId: userId(place),
    classId: classId(school, number),
    schoolId: school.id,
    role: 'student',
    ...timeOf(plan, school, number),
  };
}

/** The enrollment of the teacher of the class at this position of the classes. */
export function teacherEnrollmentAt(plan: DistrictPlan, classPosition: number): EnrollmentRow {
  const school = schoolOfClass(plan, classPosition);
  const number = classPosition - school.firstClass;
  const block = school.firstBlock + (number % school.blockCount);
  const place = placeAt(plan, plan.placeOf('staff', block * staffPerBlock + (school.level === 'primary' ? 0 : 1)));
  return {
    id: `t${padded(school.index + 1, 4)}-${padded(number, 4)}`,
    status: place.history.departed ? 'tobedeleted' : 'active',
    modified: modifiedAt(place.placeHash, place.history.changes),
    userId: userId(place),
    classId: classId(school, number),
    schoolId: school.id,
    role: 'teacher',
    primary: true,
    ...timeOf(plan, school, number),
  };
}
