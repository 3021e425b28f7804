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

interface Look {
  name: string;
  scheme: 'light' | 'dark';
  contrast?: 'more';
}

/// Opened once and then looked at in every size and colour scheme: the page follows them as it stands. What colours
/// can't break is looked at once in each size.
const sizes: { name: string; width: number; height: number; looks: Look[] }[] = [
  {
    name: 'wide',
    width: 1280,
    height: 800,
    looks: [
      { name: 'light', scheme: 'light' },
      { name: 'dark', scheme: 'dark' },
      { name: 'light-contrast', scheme: 'light', contrast: 'more' },
      { name: 'dark-contrast', scheme: 'dark', contrast: 'more' },
    ],
  },
  {
    name: 'phone',
    width: 360,
    height: 740,
    looks: [
      { name: 'light', scheme: 'light' },
      { name: 'dark', scheme: 'dark' },
    ],
  },
];

/// Makes the tests of `views`: accessible, no wider than the window, nothing that the policy refuses.
export function checkViews(views: View[]): void {
  afterEach(closeAll);
  afterAll(closeBrowser);

  it.each(views)('$name has nothing that axe objects to, fits, and keeps to the policy', async (view) => {
    const opened = await openPage({ touch: true, ...view.wanted });
    const { page, complaints } = opened;
    await page.waitForSelector(view.ready);
    await view.prepare?.(opened);
    for (const { name: size, width, height, looks } of sizes) {
      await page.setViewportSize({ width, height });
      for (const [at, look] of looks.entries()) {
        await page.emulateMedia({ colorScheme: look.scheme, contrast: look.contrast ?? 'no-preference' });
        await page.evaluate(() => Promise.all(document.getAnimations().map((each) => each.finished.catch(() => undefined))));
        await shoot(page, `${view.name}-${size}-${look.name}`);
        expect(await violations(page, at === 0 ? 'all' : 'colours'), `${size} ${look.name}`).toEqual([]);
      }
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), size).toBeLessThanOrEqual(0);
    }
    expect(complaints).toEqual([]);
  });
}
