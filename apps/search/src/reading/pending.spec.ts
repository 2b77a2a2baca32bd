import { Pending } from './pending.js';

describe('what is pending', () => {
  test('is found by its number until it is taken, and no number is given twice', () => {
    const pending = new Pending<string>(3);
    const ids: number[] = [];
    const add = (name: string): string => pending.add((id) => {
      ids.push(id);
      return name;
    });
    for (const name of ['a', 'b', 'c']) add(name);
    expect([pending.isFull, pending.take(ids[1] as number), pending.take(ids[1] as number), pending.isFull]).toEqual([true, 'b', undefined, false]);
    // One stays for long while others come and go in the places beside it.
    for (let times = 0; times < 100; times += 1) {
      add(`d${times}`);
      // Its place was that of "b", whose number is not good for it.
      expect(pending.take(ids[1] as number)).toBeUndefined();
      expect(pending.take(ids.at(-1) as number)).toBe(`d${times}`);
    }
    expect(new Set(ids).size).toBe(103);
    expect(pending.all.sort()).toEqual(['a', 'c']);
    expect(pending.take(ids[0] as number)).toBe('a');
    expect([pending.takeAll(), pending.takeAll(), pending.take(ids[2] as number)]).toEqual([['c'], [], undefined]);
  });

  test('takes no more than it was made for', () => {
    const pending = new Pending<number>(2);
    for (const value of [1, 2]) pending.add(() => value);
    expect(() => pending.add(() => 3)).toThrow('2 are pending already');
    expect(pending.all.sort()).toEqual([1, 2]);
  });
});
