// The tab in Chromium; run by the page's tests (web/vitest.config.ts) against their mock server.
import { closeAll, closeBrowser, openPage, type Page, type Wanted } from '../../../../web/tests/ui/browser';
import { checkViews, id, openDevice } from '../../../../web/tests/ui/views';

afterEach(closeAll);
afterAll(closeBrowser);

checkViews([
  {
    name: 'device-terminal',
    ready: id('device-row'),
    prepare: async (opened) => {
      await openDevice(opened, '/terminal');
      await opened.page.waitForSelector(`${id('terminal-state')}:has-text("Connected")`);
      for (const line of ['colours', 'utf8', 'stty size']) await opened.page.keyboard.type(`${line}\n`);
      await opened.page.waitForTimeout(300);
    },
  },
]);

const screenText = (page: Page) => page.evaluate(() => document.querySelector('.place')?.shadowRoot?.querySelector('.xterm-rows')?.textContent ?? '');
const untilShown = (page: Page, text: string) => vi.waitFor(async () => expect(await screenText(page)).toContain(text), { timeout: 10_000 });
const untilState = (page: Page, text: string) => page.waitForSelector(`${id('terminal-state')}:has-text("${text}")`);

async function openTerminal(wanted: Wanted = {}, prepare?: (opened: Awaited<ReturnType<typeof openPage>>) => void) {
  const opened = await openPage({ ...wanted, server: { devices: 3 } });
  prepare?.(opened);
  await opened.page.locator(id('device-row'), { hasText: 'web-01' }).click();
  await opened.page.click(id('tab-terminal'));
  return opened;
}

async function connected(wanted: Wanted = {}) {
  const opened = await openTerminal(wanted);
  await untilState(opened.page, 'Connected');
  await untilShown(opened.page, '#');
  return opened;
}

describe('terminal tab', () => {
  it('has the keyboard at once and shows what the shell answers', async () => {
    const { page, server } = await connected();
    await page.keyboard.type('echo $((6*7))\n');
    await untilShown(page, '42');
    const [options, protocol] = server.tunnelLog;
    expect(JSON.parse(options!)).toMatchObject({ type: 'options', cols: expect.any(Number), rows: expect.any(Number) });
    expect(protocol).toBe('1');
  });

  it('tells the device its new size when the window changes', async () => {
    const { page, server } = await connected();
    const before = [...server.shells[0]!.size];
    await page.setViewportSize({ width: 900, height: 600 });
    await vi.waitFor(() => {
      const [rows, cols] = server.shells[0]!.size;
      expect(rows).toBeLessThan(before[0]!);
      expect(cols).toBeLessThan(before[1]!);
    });
  });

  it('draws true colours and styles under the content security policy', async () => {
    const { page, complaints } = await connected();
    await page.keyboard.type('colours\n');
    await untilShown(page, 'true colour');
    const colour = await page.evaluate(() => {
      const spans = document.querySelector('.place')!.shadowRoot!.querySelectorAll('.xterm-rows span');
      const span = [...spans].find((candidate) => candidate.textContent === 'true colour')!;
      return getComputedStyle(span).color;
    });
    expect(colour).toBe('rgb(255, 120, 0)');
    expect(complaints).toEqual([]);
  });

  it('stays usable while a program floods it, and stops at Ctrl+C', async () => {
    const { page } = await connected();
    await page.keyboard.type('yes\n');
    await untilShown(page, 'yyyy');
    await page.waitForTimeout(2_000);
    const longestTask = await page.evaluate(
      () =>
        new Promise<number>((done) => {
          let longest = 0;
          let last = performance.now();
          const step = () => {
            const now = performance.now();
            longest = Math.max(longest, now - last);
            last = now;
          };
          const timer = setInterval(step, 4);
          setTimeout(() => {
            clearInterval(timer);
            done(longest);
          }, 1_500);
        }),
    );
    const memory = await page.evaluate(() => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize);
    const start = Date.now();
    await page.keyboard.press('Control+c');
    await untilShown(page, '^C');
    console.log(`flood: longest pause ${longestTask.toFixed(0)} ms, heap ${(memory / 1e6).toFixed(0)} MB, Ctrl+C shown after ${Date.now() - start} ms`);
    expect(longestTask).toBeLessThan(1_000);
    expect(await screenText(page)).toContain('root@web-01');
    await page.keyboard.type('echo still $((1*1)) here\n');
    await untilShown(page, 'still 1 here');
  });

  it('ends the session when it is closed, and when the page is left', async () => {
    const { page, server } = await connected();
    await page.click(id('terminal-close'));
    await vi.waitFor(() => expect(server.shells[0]!.socket.readyState).toBe(3));
    expect(await page.getAttribute(id('tab-general'), 'aria-selected')).toBe('true');
    await page.click(id('tab-terminal'));
    await untilState(page, 'Connected');
    await page.click(id('nav-devices'));
    await vi.waitFor(() => expect(server.shells[1]!.socket.readyState).toBe(3));
  });

  it('keeps the session while another tab of the device is looked at', async () => {
    const { page, server } = await connected();
    await page.click(id('tab-general'));
    await page.waitForTimeout(200);
    await page.click(id('tab-terminal'));
    expect(server.shells).toHaveLength(1);
    expect(server.shells[0]!.socket.readyState).toBe(1);
  });

  it('says that the session ended and connects again below what was shown', async () => {
    const { page, server } = await connected();
    await page.keyboard.type('echo before\nexit\n');
    await untilState(page, 'Closed');
    await page.click(id('terminal-reconnect'));
    await untilState(page, 'Connected');
    expect(server.shells).toHaveLength(2);
    expect(await screenText(page)).toContain('before');
  });

  it('opens the shell that is chosen', async () => {
    const { page, server } = await connected();
    await page.selectOption(id('terminal-shell'), { label: 'User shell' });
    await vi.waitFor(() => expect(server.tunnelLog.filter((text) => text === '8')).toHaveLength(1));
    await vi.waitFor(() => expect(server.shells[0]!.socket.readyState).toBe(3));
  });

  it('waits for consent and says when it was refused', async () => {
    const { page, server } = await openTerminal({}, (opened) => (opened.server.consent = 'ask'));
    await untilState(page, 'Waiting for consent');
    server.answerConsent(false);
    await page.waitForSelector(`${id('terminal-notice')}:has-text("refused")`);
    await page.click(id('terminal-reconnect'));
    await untilState(page, 'Waiting for consent');
    server.answerConsent(true);
    await untilState(page, 'Connected');
  });

  it('opens by itself when the device comes online', async () => {
    const { page, server } = await openTerminal({}, ({ server: mock }) => mock.setOnline(mock.devices[0]!._id, false));
    await page.waitForSelector(`${id('terminal-notice')}:has-text("offline")`);
    server.setOnline(server.devices[0]!._id, true);
    await untilState(page, 'Connected');
  });

  it('copies and pastes', async () => {
    const { page } = await connected();
    await page.evaluate(() => navigator.clipboard.writeText('echo pasted $((3*5))'));
    await page.keyboard.press('Control+Shift+v');
    await page.keyboard.press('Enter');
    await untilShown(page, 'pasted 15');
    const box = (await page.locator('.xterm-rows > div', { hasText: 'pasted 15' }).last().boundingBox())!;
    await page.mouse.dblclick(box.x + 5, box.y + box.height / 2);
    await page.keyboard.press('Control+Shift+c');
    await vi.waitFor(async () => expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('pasted'));
    await page.evaluate(() => navigator.clipboard.writeText('echo button'));
    await page.click(id('terminal-paste'));
    await page.keyboard.press('Enter');
    await untilShown(page, 'button');
  });

  it('lets the keyboard out with Ctrl+F6 and reads aloud when asked', async () => {
    const { page } = await connected();
    await page.keyboard.press('Control+F6');
    const focused = () => page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.getAttribute('data-testid') ?? '');
    expect(await focused()).toBe('terminal-shell');
    await page.click(id('terminal-reader'));
    expect(await page.locator('.xterm-accessibility').count()).toBe(1);
  });

  it('follows the page between light and dark', async () => {
    const { page } = await connected({ scheme: 'light' });
    const background = () => page.evaluate(() => getComputedStyle(document.querySelector('.place')!.shadowRoot!.querySelector('.screen')!).backgroundColor);
    expect(await background()).toBe('rgb(255, 255, 255)');
    await page.emulateMedia({ colorScheme: 'dark' });
    await vi.waitFor(async () => expect(await background()).toBe('rgb(10, 13, 15)'));
  });

  it('sends control keys from the keys on the screen of a phone', async () => {
    const { page } = await connected({ width: 360, height: 740, touch: true });
    await page.keyboard.type('yes\n');
    await untilShown(page, 'yyyy');
    await page.getByRole('button', { name: 'Ctrl' }).tap();
    await page.keyboard.type('c');
    await untilShown(page, '^C');
  });
});

describe('switching the plugin', () => {
  it('off takes the tab away, and on brings it back', async () => {
    const { page, server, context } = await openPage({ server: { devices: 3 } });
    await page.locator(id('device-row'), { hasText: 'web-01' }).click();
    await page.click(id('tab-terminal'));
    await page.waitForSelector(`${id('terminal-state')}:has-text("Connected")`);

    const admin = await context.newPage();
    await admin.goto(`${server.url}/#/plugins`);
    const terminal = admin.locator(id('plugin-terminal'));
    await terminal.getByRole('switch').click();
    await terminal.getByText('Disabled').waitFor();
    await page.waitForSelector(id('tab-terminal'), { state: 'detached' });
    await vi.waitFor(() => expect(server.shells[0]!.socket.readyState).toBe(3));

    await terminal.getByRole('switch').click();
    await page.waitForSelector(id('tab-terminal'));
  });
});
