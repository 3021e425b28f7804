import { closeAll, closeBrowser, openPage } from './browser';
import { checkViews, id } from './views';

checkViews([
  { name: 'server', wanted: { path: '/#/server' }, ready: id('history') },
  {
    name: 'server-console',
    wanted: { path: '/#/server' },
    ready: id('history'),
    prepare: async ({ page }) => {
      await page.fill(id('console-line'), 'uptime');
      await page.keyboard.press('Enter');
      await page.waitForSelector(`${id('console-output')}:has-text("3 days")`);
      await page.locator(id('console-line')).scrollIntoViewIfNeeded();
    },
  },
  { name: 'server-files', wanted: { path: '/#/files' }, ready: id('file-row') },
  { name: 'server-files-empty', wanted: { path: '/#/files?in=mesh%2F%2Fg' }, ready: id('no-files') },
]);

describe('the page of the server', () => {
  it('says so when there is no history, and knows no backup where there is none', async () => {
    const { page, server } = await openPage({ path: '/' });
    server.pages.hasHistory = server.pages.hasBackup = false;
    await page.goto(`${server.url}/#/server`);
    await page.waitForSelector(id('no-history'));
    expect(await page.locator(id('backups')).count()).toBe(0);
    expect(await page.textContent(id('server-version'))).toBe('0.1.0');
    expect(await page.textContent(id('certificate'))).toContain('in 19 days');
  });

  it('verifies a backup and says what is in it', async () => {
    const { page } = await openPage({ path: '/#/server' });
    await page.waitForSelector(id('backup-row'));
    expect(await page.locator(id('backup-row')).count()).toBe(2);
    await page.locator(id('backup-verify')).first().click();
    await page.waitForSelector(`${id('backup-verified')}:has-text("1,204 records, 17 files")`);
    await page.getByText('How to restore a backup').click();
    expect(await page.textContent('.backups code')).toContain('trellisctl restore /var/lib/trellis/backups/trellis-7.backup --into');
  });

  it('clears the log of errors and ends sessions with devices', async () => {
    const { page, server } = await openPage({ path: '/#/server' });
    await page.waitForSelector(`${id('error-log')}:has-text("does not read")`);
    await page.click(id('clear-errors'));
    await page.waitForSelector(`${id('no-errors')}:has-text("No errors")`);
    await page.click(id('relay-end'));
    await page.waitForSelector(id('relay'), { state: 'detached' });
    expect(server.pages.relays).toEqual([]);
  });

  it('remembers what was typed into the console', async () => {
    const { page } = await openPage({ path: '/#/server' });
    await page.fill(id('console-line'), 'uptime');
    await page.keyboard.press('Enter');
    await page.fill(id('console-line'), 'nonsense');
    await page.keyboard.press('Enter');
    await page.waitForSelector(`${id('console-output')}:has-text("Unknown command")`);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    expect(await page.inputValue(id('console-line'))).toBe('uptime');
  });
});

describe('files on the server', () => {
  it('are uploaded, renamed, downloaded and removed', async () => {
    const { page, server } = await openPage({ path: '/#/files' });
    await page.waitForSelector(id('file-row'));
    await page.setInputFiles(id('file-input'), { name: 'hello.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') });
    const row = page.locator(id('file-row'), { hasText: 'hello.txt' });
    await row.waitFor();
    expect(server.pages.tree.f['hello.txt']).toMatchObject({ t: 3, s: 5 });
    const downloading = page.waitForEvent('download');
    await row.getByRole('button', { name: 'hello.txt', exact: true }).click();
    expect((await downloading).suggestedFilename()).toBe('hello.txt');
    await row.locator(`${id('file-menu')} button`).first().click();
    await page.click(id('rename-file'));
    await page.fill(id('file-name'), 'a/b');
    expect(await page.isDisabled(id('dialog-submit'))).toBe(true);
    await page.fill(id('file-name'), 'bye.txt');
    await page.click(id('dialog-submit'));
    await page.locator(id('file-row'), { hasText: 'bye.txt' }).locator('input').check();
    await page.click(id('remove-files'));
    await page.click(id('dialog-submit'));
    await page.locator(id('file-row'), { hasText: 'bye.txt' }).waitFor({ state: 'detached' });
    expect(server.pages.tree.f['bye.txt']).toBeUndefined();
  });

  it('are in folders, whose place is in the address', async () => {
    const { page, server } = await openPage({ path: '/#/files' });
    await page.click(id('new-folder'));
    await page.fill(id('file-name'), 'a & b');
    await page.click(id('dialog-submit'));
    await page.getByRole('link', { name: 'a & b' }).click();
    await page.waitForSelector(id('no-files'));
    await page.reload();
    await page.waitForSelector(id('no-files'));
    await page.setInputFiles(id('file-input'), { name: 'x.bin', mimeType: 'application/octet-stream', buffer: Buffer.from([1]) });
    await page.waitForSelector(`${id('file-row')}:has-text("x.bin")`);
    expect(server.pages.tree.f['a & b']?.f).toHaveProperty(['x.bin']);
  });

  it('too large for this server are refused before they are sent', async () => {
    const { page, server } = await openPage({ path: '/#/files' });
    await page.waitForSelector(id('file-row'));
    await page.setInputFiles(id('file-input'), { name: 'big.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(600 * 1024) });
    await page.waitForSelector(`${id('toast')}:has-text("too large")`);
    expect(server.received.some((message) => message['fileop'] === 'set')).toBe(false);
  });
});
afterEach(closeAll);
afterAll(closeBrowser);
