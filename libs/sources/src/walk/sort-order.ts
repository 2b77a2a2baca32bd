/** Tells whether b may stand right after a, a and b different: a strict total order of ids. */
type Order = (a: string, b: string) => boolean;

const digits = /^[0-9]+$/;
const withoutZeros = (id: string): string => id.replace(/^0+(?=.)/, '');

/** Integers by value, everything else refuses. */
const numeric: Order = (a, b) => {
  if (!digits.test(a) || !digits.test(b)) return false;
  const [left, right] = [withoutZeros(a), withoutZeros(b)];
  return left.length === right.length ? left < right : left.length < right.length;
};

const uuid = /^([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})-([0-9a-f]{2})([0-9a-f]{2})-([0-9a-f]{2})([0-9a-f]{2})-([0-9a-f]{4})-([0-9a-f]{12})$/i;
const uniqueidentifierKey = (id: string): string | null => {
  const parts = uuid.exec(id);
  return parts === null ? null : [parts[10], parts[9], parts[8], parts[7], parts[6], parts[5], parts[4], parts[3], parts[2], parts[1]].join('').toLowerCase();
};

/** SQL Server's order of the type uniqueidentifier: last group first, the first three groups from behind. */
const uniqueidentifier: Order = (a, b) => {
  const [left, right] = [uniqueidentifierKey(a), uniqueidentifierKey(b)];
  return left !== null && right !== null && left < right;
};

const folded = (fold: (id: string) => string): Order => (a, b) => fold(a) < fold(b);
const collated = (options: Intl.CollatorOptions): Order => {
  const { compare } = new Intl.Collator('en', options);
  return (a, b) => compare(a, b) < 0;
};

/** Orders that databases and programs give to text ids, each strict: two different ids never count as equal. */
const ORDERS: readonly Order[] = [
  (a, b) => a < b,
  numeric,
  folded((id) => id.toLowerCase()),
  folded((id) => id.toUpperCase()),
  collated({}),
  collated({ caseFirst: 'upper' }),
  collated({ ignorePunctuation: true }),
  collated({ numeric: true }),
  uniqueidentifier,
];

/** Cheap enough to be followed for every row; the others cost up to 1 microsecond each. */
const CHEAP = 2;
const PAIRS_TO_TRUST = 1000;

/**
 * Which orders of ids all rows so far agree with. As long as one is left, the rows are sorted by it, so that a row which was passed over would have had
 * to stand between two neighbours that were read as neighbours.
 */
export class SortOrder {
  private left = ORDERS;
  private pairs = 0;
  /** Whether orders were dropped only to save time; then a thorough reading may still find one. */
  droppedUntested = false;

  /** `thorough` follows every order to the end; otherwise the costly ones are dropped once plain text order has held for 1,000 rows. */
  constructor(private readonly thorough: boolean) {}

  /** Takes two neighbouring rows' ids, which differ. */
  follow(before: string, after: string): void {
    for (const order of this.left) {
      if (order(before, after)) continue;
      this.left = this.left.filter((candidate) => candidate(before, after));
      break;
    }
    this.pairs += 1;
    if (this.thorough || this.pairs !== PAIRS_TO_TRUST || this.left[0] !== ORDERS[0]) return;
    const kept = this.left.filter((order) => ORDERS.indexOf(order) < CHEAP);
    this.droppedUntested = kept.length < this.left.length;
    this.left = kept;
  }

  /** Whether an order is left that everything agrees with. */
  get holds(): boolean {
    return this.left.length > 0;
  }
}
