import type { Page } from 'playwright-core';
import { closeAll, closeBrowser, openPage } from './browser';

afterEach(closeAll);
afterAll(closeBrowser);

const id = (selector: string) => `[data-testid=${selector}]`;

async function signIn(page: Page, password = 'correct horse'): Promise<void> {
  await page.fill('#login-name', 'admin');
  await page.fill('#login-password', password);
  await page.click(id('login-submit'));
}

const openGroupMenu = (page: Page, name: string) => page.getByRole('button', { name: `Actions for ${name}` }).click();

describe('first run', () => {
  it('goes from the setup link over the first group to the first device without a reload', async () => {
    const { page, server } = await openPage({
      server: { setup: true, devices: 0, groups: 0, signedIn: false },
      path: '/#/setup?token=f00dfacecafe',
    });
    await page.getByLabel('User name').fill('admin');
    await page.getByLabel('Password', { exact: true }).fill('three brown horses');
    expect(page.url()).not.toContain('f00dfacecafe');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.waitForSelector(id('empty-no-group'));

    await page.getByRole('button', { name: 'Create group' }).click();
    await page.getByLabel('Name').fill('First');
    await page.click(id('dialog-submit'));
    await page.waitForSelector(`${id('copy-text')}:has-text("curl ")`);
    await page.click(id('copy'));
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('agentinstall');

    server.addDevice('new-machine', server.groups[0]!._id);
    await page.keyboard.press('Escape');
    await page.waitForSelector(`${id('device-row')}:has-text("new-machine")`);
    expect(await page.locator(id('device-row')).first().textContent()).toContain('Online');
  });

  it('shows what is wrong at the field, and the token when that is wrong', async () => {
    const { page } = await openPage({ server: { setup: true, devices: 0, groups: 0, signedIn: false }, path: '/#/setup?token=old' });
    await page.fill('#setup-name', 'admin');
    await page.fill('#setup-password', 'short');
    expect(await page.isDisabled(id('setup-submit'))).toBe(true);
    await page.fill('#setup-password', 'password123');
    await page.click(id('setup-submit'));
    await page.waitForSelector('#setup-token[aria-invalid=true]');
    await page.fill('#setup-token', 'f00dfacecafe');
    await page.click(id('setup-submit'));
    await page.waitForSelector('#setup-password[aria-invalid=true]');
    expect(await page.inputValue('#setup-name')).toBe('admin');
  });
});

describe('sign-in', () => {
  it('asks for a second factor only when the server does', async () => {
    const { page, server } = await openPage({ server: { signedIn: false } });
    server.secondFactor = '123456';
    await signIn(page);
    await page.waitForSelector('#login-code:focus');
    await page.keyboard.type('999999\n');
    await page.waitForSelector(`${id('form-error')}:has-text("code is wrong")`);
    await page.fill('#login-code', '123456');
    await page.keyboard.press('Enter');
    await page.waitForSelector(id('device-row'));
  });

  it('asks for a new password when the old one has to be changed', async () => {
    const { page, server } = await openPage({ server: { signedIn: false } });
    server.mustChange = 'admin';
    await signIn(page);
    await page.waitForSelector('#login-new-password:focus');
    await page.keyboard.type('short\n');
    await page.waitForSelector(`${id('form-error')}:has-text("at least 10")`);
    await page.fill('#login-new-password', 'a longer pass phrase');
    await page.keyboard.press('Enter');
    await page.waitForSelector(id('device-row'));
  });

  it('counts down when there were too many failures', async () => {
    const { page } = await openPage({ server: { signedIn: false } });
    for (let i = 0; i < 4; i++) {
      await signIn(page, 'wrong');
      await page.waitForSelector(id('form-error'));
    }
    await page.waitForSelector(`${id('login-submit')}:has-text("Try again in")`);
    expect(await page.isDisabled(id('login-submit'))).toBe(true);
  });

  it('comes back to the sign-in page when the session is over, and says so', async () => {
    const { page, server } = await openPage();
    await page.waitForSelector(id('device-row'));
    server.signedIn = '';
    server.dropControls();
    await page.waitForSelector(id('login-form'));
    expect(await page.textContent('main')).toContain('Your session has ended');
  });

  it('forgets everything at sign-out', async () => {
    const { page, server } = await openPage();
    await page.waitForSelector(id('device-row'));
    await page.click(`${id('account-menu')} button`);
    await page.click(id('logout'));
    await page.waitForSelector(id('login-form'));
    expect(server.controls.size).toBe(0);
    expect(await page.locator(id('device-row')).count()).toBe(0);
  });
});

describe('devices', () => {
  it('follow presence, names and removal live', async () => {
    const { page, server } = await openPage({ server: { devices: 3 } });
    const device = server.devices[0]!;
    const row = page.locator(id('device-row'), { hasText: device.name });
    await row.waitFor();
    expect(await row.textContent()).toContain('Online');
    server.setOnline(device._id, false);
    await page.locator(id('device-row'), { hasText: device.name }).getByText('just now').waitFor();
    server.event({ action: 'changenode', nodeid: device._id, node: { ...device, conn: undefined, name: '<b>renamed</b>' } });
    await page.getByText('<b>renamed</b>').waitFor();
    server.event({ action: 'removenode', nodeid: device._id });
    await page.getByText('<b>renamed</b>').waitFor({ state: 'detached' });
  });

  it('are found by typing after "/", and the search is in the address', async () => {
    const { page } = await openPage();
    await page.waitForSelector(id('device-row'));
    await page.keyboard.press('/');
    await page.keyboard.type('web anna');
    await page.waitForFunction(() => location.hash.includes('q=web+anna'));
    const rows = await page.locator(id('device-row')).allTextContents();
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every((text) => /web-/.test(text) && /anna/.test(text))).toBe(true);
  });

  it('open with the keyboard alone', async () => {
    const { page } = await openPage();
    await page.waitForSelector(id('device-row'));
    await page.keyboard.press('/');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForSelector(id('device-title'));
    expect(await page.textContent(id('device-title'))).toBe('db-02');
  });

  it('are renamed and removed', async () => {
    const { page, server } = await openPage({ server: { devices: 3 }, path: '/' });
    await page.locator(id('device-row'), { hasText: 'web-01' }).click();
    await page.click(id('rename-device'));
    await page.getByLabel('Name', { exact: true }).fill('web-99');
    await page.getByLabel('Tags').fill('a, b, a');
    await page.click(id('dialog-submit'));
    await page.waitForSelector(`${id('device-title')}:has-text("web-99")`);
    expect(server.received.find((message) => message['action'] === 'changedevice')).toMatchObject({ name: 'web-99', tags: 'production,backup,a,b' });
    await page.click(`${id('device-menu')} button`);
    await page.click(id('remove-device'));
    await page.click(id('dialog-submit'));
    await page.waitForSelector(id('device-row'));
    expect(server.devices).toHaveLength(2);
  });

  it('in tens of thousands are drawn by the screenful and filtered at once', async () => {
    const { page } = await openPage({ server: { devices: 50_000, groups: 12 } });
    await page.waitForSelector(id('device-row'));
    await page.waitForSelector(`${id('device-count')}:text-is("50,000")`);
    expect(await page.locator(id('device-row')).count()).toBeLessThan(60);
    await page.focus('[role=grid]');
    await page.keyboard.press('End');
    await page.waitForSelector('[aria-rowindex="50001"]');
    const filterMs = await page.evaluate(async () => {
      const search = document.querySelector<HTMLInputElement>('#device-search')!;
      const start = performance.now();
      search.value = 'web-7000';
      search.dispatchEvent(new Event('input'));
      await (document.querySelector('devices-view') as unknown as { updateComplete: Promise<unknown> }).updateComplete;
      return performance.now() - start;
    });
    await page.waitForSelector(`${id('device-count')}:has-text("1 of 50,000")`);
    console.log(`filtering 50,000 devices: ${filterMs.toFixed(1)} ms`);
  });
});

describe('groups', () => {
  it('are renamed', async () => {
    const { page } = await openPage({ path: '/#/groups' });
    await page.waitForSelector(id('group-row'));
    await openGroupMenu(page, 'Data centre');
    await page.click(id('group-rename'));
    await page.getByLabel('Name').fill('Basement');
    await page.click(id('dialog-submit'));
    await page.locator(id('group-row'), { hasText: 'Basement' }).waitFor();
  });

  it('with devices are deleted only after their name was typed', async () => {
    const { page, server } = await openPage({ path: '/#/groups' });
    await page.waitForSelector(id('group-row'));
    await openGroupMenu(page, 'Office Berlin');
    await page.click(id('group-delete'));
    expect(await page.isDisabled(id('dialog-submit'))).toBe(true);
    await page.fill('#confirm-name', 'office berlin');
    expect(await page.isDisabled(id('dialog-submit'))).toBe(true);
    await page.fill('#confirm-name', 'Office Berlin');
    await page.click(id('dialog-submit'));
    await page.locator(id('group-row'), { hasText: 'Office Berlin' }).waitFor({ state: 'detached' });
    expect(server.groups).toHaveLength(2);
  });
});

describe('plugins', () => {
  it('that cannot be switched say why and stay as they are', async () => {
    const { page } = await openPage({ path: '/#/plugins' });
    const webhook = page.locator(id('plugin-webhook'));
    await webhook.getByRole('switch').click();
    await page.locator(id('toast'), { hasText: 'webhook did not stop within 10 seconds' }).waitFor();
    expect(await webhook.getByRole('switch').getAttribute('aria-checked')).toBe('true');
    expect(await page.locator(id('plugin-audit')).getByRole('switch').isDisabled()).toBe(true);
  });
});

describe('connection', () => {
  it('is announced when lost, keeps what is shown, and catches up afterwards', async () => {
    const { page, server } = await openPage({ server: { devices: 3 } });
    await page.waitForSelector(id('device-row'));
    server.refuseUpgrades = true;
    server.dropControls();
    await page.waitForSelector('.banner');
    expect(await page.locator(id('device-row')).count()).toBe(3);
    server.addDevice('meanwhile', server.groups[0]!._id);
    server.refuseUpgrades = false;
    await page.waitForSelector('.banner button:enabled');
    await page.click('.banner button').catch(() => undefined);
    await page.getByText('meanwhile').waitFor();
    await page.waitForSelector('.banner', { state: 'detached' });
  });
});

describe('the page as a whole', () => {
  it('loads less than 300 KB gzip at first, from this server alone', async () => {
    const { page, server } = await openPage();
    await page.waitForSelector(id('device-row'));
    const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map((entry) => entry.name));
    expect(loaded.filter((name) => !name.startsWith(server.url))).toEqual([]);
    expect(loaded.filter((name) => /\/plugins\/.*\.js$/.test(name))).toEqual([]);
    const { gzipSync } = await import('node:zlib');
    const sizes = await Promise.all(
      ['/', ...loaded.map((name) => new URL(name).pathname)].map(async (path) => gzipSync(Buffer.from(await (await fetch(server.url + path)).arrayBuffer())).length),
    );
    const total = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`first load: ${sizes.length} requests, ${(total / 1024).toFixed(0)} KiB gzip`);
    expect(total).toBeLessThan(300 * 1024);
  });

  it('changes theme and language without a reload and remembers them', async () => {
    const { page } = await openPage();
    await page.waitForSelector(id('device-row'));
    for (const choice of ['theme-dark', 'language-de']) {
      await page.click(`${id('account-menu')} button`);
      await page.click(id(choice));
    }
    await page.getByRole('heading', { name: 'Geräte' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Geräte' }).waitFor();
    expect(await page.getAttribute('html', 'data-theme')).toBe('dark');
    expect(await page.getAttribute('html', 'lang')).toBe('de');
  });
});
