import { closeAll, closeBrowser, openPage, shoot, violations, type Opened, type Wanted } from './browser';

/// One state of the page that is looked at in every size and colour scheme.
export interface View {
  name: string;
  wanted?: Wanted;
  ready: string;
  /// What to do before it is looked at.
  prepare?: (opened: Opened) => Promise<void>;
}

export const id = (selector: string) => `[data-testid=${selector}]`;

export async function openDevice({ page, server }: Opened, tab = ''): Promise<void> {
  await page.evaluate((hash) => (location.hash = hash), `#/devices/${server.devices[0]!._id.slice(6)}${tab}`);
  await page.waitForSelector(id('device-title'));
}

const looks: { name: string; wanted: Wanted }[] = [
  { name: 'wide-light', wanted: { width: 1280, height: 800, scheme: 'light' } },
  { name: 'wide-dark', wanted: { width: 1280, height: 800, scheme: 'dark' } },
  { name: 'phone-light', wanted: { width: 360, height: 740, scheme: 'light', touch: true } },
  { name: 'phone-dark', wanted: { width: 360, height: 740, scheme: 'dark', touch: true } },
  { name: 'wide-light-contrast', wanted: { width: 1280, height: 800, scheme: 'light', contrast: 'more' } },
  { name: 'wide-dark-contrast', wanted: { width: 1280, height: 800, scheme: 'dark', contrast: 'more' } },
];

/// Makes the tests of `views`: accessible, no wider than the window, nothing that the policy refuses.
export function checkViews(views: View[]): void {
  afterEach(closeAll);
  afterAll(closeBrowser);

  describe.each(views)('$name', (view) => {
    it.each(looks)('has nothing that axe objects to, fits, and keeps to the policy ($name)', async (look) => {
      const opened = await openPage({ ...view.wanted, ...look.wanted });
      const { page, complaints } = opened;
      await page.waitForSelector(view.ready);
      await view.prepare?.(opened);
      await shoot(page, `${view.name}-${look.name}`);
      expect(await violations(page)).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      expect(complaints).toEqual([]);
    });
  });
}
