import { DistrictStatus, PreviewAnswer, SnapshotDetail, type Role } from '@lastgood/contracts';
import type { Visit } from './browser.js';
import { DISTRICT, SOURCE } from './lastgood-client.js';
import { overheard, type Overheard } from './overheard.js';
import { PATIENCE_MS, type PageStory } from './page-story.js';

const REASON = 'The file of the second school was cut off';

/** A refresh that is held until it is rejected: who sees what of it, and in which language. */
export function describeHeld(story: () => PageStory): void {
  describe('a refresh that waits for a decision', () => tellHeld(story));
}

function tellHeld(story: () => PageStory): void {
  let held: { run: string; snapshot: string };
  /** Names and ids of people that the held refresh would add, remove or change. */
  let people: string[];
  let current: string | undefined;

  const currentOf = async (): Promise<string | undefined> => (await story().product.get(DistrictStatus, `/api/v1/snapshots/${DISTRICT}/status`)).sources[0]?.current?.id;

  beforeAll(async () => {
    const { product, upstream } = story();
    await upstream.control.setQuirks({ kind: 'shrinkTo', percent: 60, collection: 'users' });
    const { id, phase, snapshot } = await product.refresh();
    await upstream.control.setQuirks();
    expect(phase).toBe('quarantined');
    held = { run: id, snapshot: snapshot ?? '' };
    current = await currentOf();
    const { datasets } = await product.get(PreviewAnswer, `/api/v1/districts/${DISTRICT}/snapshots/${held.snapshot}/preview`);
    people = [datasets.students, datasets.parents].flatMap(({ samples }) => Object.values(samples ?? {}).flat()).flatMap(({ sourcedId, name }) => [sourcedId, name]);
    expect(people.length).toBeGreaterThan(20);
  }, PATIENCE_MS);

  async function visited(path: string, key: string | undefined, tell: (visit: Visit, heard: Overheard) => Promise<void>, options = {}): Promise<void> {
    const { browser, product } = story();
    const visit = await browser.open(product.url, options);
    const heard = overheard(visit.page);
    try {
      await visit.signIn(path, key);
      await tell(visit, heard);
      expect(visit.troubles).toEqual([]);
    } finally {
      await visit.close();
    }
  }

  const of = (texts: readonly string[]): string[] => people.filter((name) => texts.some((text) => text.includes(name)));

  async function keyOf(role: Role): Promise<string> {
    const made = await story().product.fetch('/api/v1/admin/keys', { method: 'POST', body: JSON.stringify({ name: `Held, ${role}`, role }) });
    return (await made.json() as { key: string }).key;
  }

  /** What shows on every screen that tells of the run, one after the other. */
  async function screensOfTheRun({ page }: Visit): Promise<string[]> {
    const shown: string[] = [];
    const show = async (path: string, ready: () => Promise<unknown>): Promise<void> => {
      await page.goto(path);
      await ready();
      shown.push(await page.content());
    };
    await show('/districts', () => page.getByRole('list', { name: /Last runs/ }).first().waitFor());
    await show(`/${DISTRICT}/runs`, () => page.getByRole('row', { name: /Held for review/ }).first().waitFor());
    await show(`/${DISTRICT}/snapshots`, () => page.getByRole('row', { name: /Current/ }).first().waitFor());
    await show(`/${DISTRICT}/runs/${held.run}`, async () => {
      await page.locator('h1 .phase-quarantined').waitFor();
      await page.locator('.log-line').first().waitFor();
    });
    return shown;
  }

  test('names of people are seen in the preview by whoever decides, and nowhere in addresses, runs or logs', async () => {
    await visited(`/${DISTRICT}/snapshots/${held.snapshot}`, undefined, async (visit, heard) => {
      await visit.page.locator('.samples li').first().waitFor();
      expect(of([await visit.page.content()]).length).toBeGreaterThan(10);
      expect(of(await heard.answers()).length).toBe(people.length);
      await heard.forget();
      expect(of(await screensOfTheRun(visit))).toEqual([]);
      expect(of(await heard.answers())).toEqual([]);
      expect(of(heard.addresses())).toEqual([]);
    });
    expect(of([story().product.output])).toEqual([]);
  }, PATIENCE_MS);

  test.each(['viewer', 'auditor'] as const)('the %s sees that the run is held, but neither the snapshot nor anybody of it', async (role) => {
    const key = await keyOf(role);
    await visited(`/${DISTRICT}/snapshots/${held.snapshot}`, key, async (visit, heard) => {
      await visit.page.locator('.state-title').first().waitFor();
      expect(await visit.page.getByRole('button', { name: /^(Approve|Reject)/ }).count()).toBe(0);
      expect(await visit.findings()).toEqual([]);
      const shown = [await visit.page.content(), ...await screensOfTheRun(visit)];
      expect(of([...shown, ...await heard.answers(), ...heard.addresses()])).toEqual([]);
    });
    const asked = await story().product.fetch(`/api/v1/districts/${DISTRICT}/snapshots/${held.snapshot}/preview?samples=true`, { headers: { authorization: `Bearer ${key}` } });
    expect([asked.status >= 400, of([await asked.text()])]).toEqual([true, []]);
  }, PATIENCE_MS);

  test('its run and its snapshot speak Spanish and fit a telephone', async () => {
    await visited(`/${DISTRICT}/runs/${held.run}`, undefined, async (visit) => {
      const { page } = visit;
      const heading = (name: string): Promise<void> => page.getByRole('heading', { name }).first().waitFor();
      for (const name of [`Ejecución de ${SOURCE} Retenida para revisión`, 'Prueba por colección', 'Observaciones', 'Registro']) await heading(name);
      await page.getByText('Hay muchos menos registros que en la copia actual.').first().waitFor();
      expect(await page.locator('.finding [lang=en]').first().textContent()).toMatch(/ rows; /);
      await page.getByRole('list', { name: 'Fases de la ejecución' }).getByText('Comprobando').waitFor();
      await page.locator('.log-line').first().waitFor();
      expect(await englishIn(visit)).toEqual([]);
      expect([await visit.fits(), await visit.findings()]).toEqual([true, []]);
      await page.goto(`/${DISTRICT}/snapshots/${held.snapshot}`);
      await page.locator('.samples li').first().waitFor();
      for (const name of [`Copia de ${SOURCE} Retenida`, 'Retenida para revisión', 'Qué cambiaría', 'Archivos']) await heading(name);
      for (const name of ['Aprobar', 'Rechazar']) await page.getByRole('button', { name, exact: true }).waitFor();
      expect(await englishIn(visit)).toEqual([]);
      expect([await visit.fits(), await visit.findings()]).toEqual([true, []]);
    }, { locale: 'es-MX', viewport: { width: 360, height: 740 } });
  }, PATIENCE_MS);

  test('it cannot be approved while what it would change is on its way or did not come, and the page says why', async () => {
    await visited(`/${DISTRICT}/snapshots/${held.snapshot}`, undefined, async (visit) => {
      const { page } = visit;
      const approve = page.getByRole('button', { name: 'Approve', exact: true });
      const why = page.getByText('It can be approved as soon as what would change stands here.');
      let answer: () => void = () => undefined;
      const late = new Promise<void>((resolve) => {
        answer = resolve;
      });
      await page.route(/\/preview$/, async (route) => {
        await late;
        await route.fulfill({ status: 500, contentType: 'application/problem+json', json: { type: 'urn:x', title: 'preview failed', status: 500, detail: 'The comparison failed.', code: 'x', retryable: false } });
      });
      await page.goto(`/${DISTRICT}/snapshots/${held.snapshot}`);
      await why.waitFor();
      await page.locator('.held').getByText('Loading…').waitFor();
      expect([await approve.isDisabled(), await approve.getAttribute('aria-describedby')]).toEqual([true, await why.getAttribute('id')]);
      expect(await visit.findings()).toEqual([]);
      answer();
      await page.getByText('The comparison failed.').waitFor();
      expect([await approve.isDisabled(), await why.count()]).toEqual([true, 1]);
      await page.unroute(/\/preview$/);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.locator('.samples li').first().waitFor();
      expect([await approve.isDisabled(), await why.count()]).toEqual([false, 0]);
    });
  }, PATIENCE_MS);

  test('it is rejected with a reason, stands as rejected, and is never offered again', async () => {
    await visited(`/${DISTRICT}/snapshots/${held.snapshot}`, undefined, async (visit) => {
      const { page } = visit;
      await page.getByRole('button', { name: 'Reject', exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('It will never be published; its files are deleted later.').waitFor();
      await dialog.getByLabel('Reason').fill(REASON);
      expect(await visit.findings()).toEqual([]);
      const [sent] = await Promise.all([page.waitForRequest(/\/reject$/), dialog.getByRole('button', { name: 'Reject', exact: true }).click()]);
      expect(sent.postDataJSON()).toMatchObject({ reason: REASON });
      await page.locator('h1 .state-rejected').waitFor();
      await page.getByRole('region', { name: 'Held for review' }).waitFor({ state: 'detached' });
      expect(await page.getByRole('button', { name: /^(Approve|Reject|Roll back)/ }).count()).toBe(0);
      expect(await visit.findings()).toEqual([]);
      await page.goto(`/${DISTRICT}/snapshots`);
      await page.getByRole('row', { name: /Rejected/ }).first().waitFor();
      await page.goto('/districts');
      await page.getByRole('region', { name: 'Lakeside Unified', exact: true }).getByRole('list', { name: /Last runs/ }).waitFor();
      expect(await page.getByRole('link', { name: 'Review' }).count()).toBe(0);
    });
    expect((await story().product.get(SnapshotDetail, `/api/v1/districts/${DISTRICT}/snapshots/${held.snapshot}`)).state).toBe('rejected');
    expect(await currentOf()).toBe(current);
  }, PATIENCE_MS);
}

/** Words of the English page among what shows, besides what comes from services and records as it is. */
async function englishIn({ page }: Visit): Promise<string[]> {
  const shown = await page.evaluate<string>(`(() => {
    const main = document.querySelector('main').cloneNode(true);
    main.querySelectorAll('code, bdi, [lang=en], .log-lines').forEach((one) => one.remove());
    return main.textContent;
  })()`);
  return shown.match(/\b(Snapshot|Run|Held|Made|Size|Files|Rows|Started|Took|Asked|Announced|Received|Unique|Pages|Calls|Repeats|Complete|Findings|Log|Level|lines|Added|Removed|Changed|Unchanged|examples|School|Role|Approve|Reject|What|ago|yesterday|Students|Parents|Teachers|Classes|Fetched)\b/g) ?? [];
}
