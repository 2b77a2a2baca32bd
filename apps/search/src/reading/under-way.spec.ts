import { UnderWay } from './under-way.js';

describe('what is under way', () => {
  test('is found by its number until it is taken, and no number is given twice', () => {
    const underWay = new UnderWay<string>(3);
    const ids: number[] = [];
    const add = (name: string): string => underWay.add((id) => {
      ids.push(id);
      return name;
    });
    for (const name of ['a', 'b', 'c']) add(name);
    expect([underWay.isFull, underWay.take(ids[1] as number), underWay.take(ids[1] as number), underWay.isFull]).toEqual([true, 'b', undefined, false]);
    // One stays for long while others come and go in the places beside it.
    for (let times = 0; times < 100; times += 1) {
      add(`d${times}`);
      expect(underWay.take(ids.at(-1) as number)).toBe(`d${times}`);
    }
    expect(new Set(ids).size).toBe(103);
    expect(underWay.all.sort()).toEqual(['a', 'c']);
    expect(underWay.take(ids[0] as number)).toBe('a');
    expect([underWay.takeAll(), underWay.takeAll(), underWay.take(ids[2] as number)]).toEqual([['c'], [], undefined]);
  });

  test('takes no more than it was made for', () => {
    const underWay = new UnderWay<number>(2);
    for (const value of [1, 2]) underWay.add(() => value);
    expect(() => underWay.add(() => 3)).toThrow('2 are under way already');
    expect(underWay.all.sort()).toEqual([1, 2]);
  });
});
