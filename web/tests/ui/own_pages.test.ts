import { closeAll, closeBrowser, openPage } from './browser';
import { checkViews, id, openDevice } from './views';

checkViews([
  { name: 'account-all', wanted: { path: '/#/account' }, ready: id('api-token-row') },
  {
    name: 'account-api-token',
    wanted: { path: '/#/account' },
    ready: id('api-token-row'),
    prepare: async ({ page }) => {
      await page.click(id('create-api-token'));
      await page.waitForSelector(id('dialog'));
    },
  },
  {
    name: 'device-extra',
    ready: id('device-row'),
    prepare: async (opened) => {
      await openDevice(opened);
      await opened.page.locator(id('power-timeline')).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'device-details',
    ready: id('device-row'),
    prepare: async (opened) => {
      await openDevice(opened, '/details');
      await opened.page.waitForSelector(id('hardware'));
    },
  },
  {
    name: 'group-settings',
    wanted: { path: '/#/groups' },
    ready: id('group-row'),
    prepare: async ({ page, server }) => {
      await page.evaluate((hash) => (location.hash = hash), `#/groups/${server.groups[0]!._id.slice(6)}`);
      await page.click(id('group-settings'));
      await page.waitForSelector('#group-expire');
    },
  },
]);

describe('my account', () => {
  it('lists where I am signed in and signs out elsewhere', async () => {
    const { page, server } = await openPage({ path: '/#/account' });
    await page.waitForSelector(`${id('session-row')}:has-text("Safari, iPhone")`);
    await page.click(id('end-others'));
    await page.waitForSelector(`${id('session-row')}:has-text("iPhone")`, { state: 'detached' });
    expect(server.pages.sessions.map((one) => one.id)).toEqual(['s1']);
  });

  it('is filled as soon as the server can be reached, when it was opened before', async () => {
    const { page, server } = await openPage({ server: { refuseUpgrades: true }, path: '/#/account' });
    await page.waitForSelector('#account-sessions');
    await page.waitForSelector('.banner button:enabled');
    server.refuseUpgrades = false;
    await page.click('.banner button').catch(() => undefined);
    await page.waitForSelector(`${id('session-row')}:has-text("Safari, iPhone")`);
    await page.waitForSelector(id('api-token-row'));
  });

  it('shows the secret of a new API token once, and removes tokens', async () => {
    const { page, server } = await openPage({ path: '/#/account' });
    await page.click(id('create-api-token'));
    await page.fill(id('api-token-name'), 'backup');
    await page.click(id('dialog-submit'));
    await page.waitForSelector(`${id('api-token-secret')}:has-text("tat_")`);
    expect(server.received.find((message) => message['action'] === 'tokens.create')).toMatchObject({ name: 'backup', commands: ['*'], readOnly: true, expire_days: 365 });
    await page.click(id('dialog-cancel'));
    await page.locator(id('api-token-row'), { hasText: 'backup' }).locator(id('api-token-remove')).click();
    await page.click(id('dialog-submit'));
    await page.locator(id('api-token-row'), { hasText: 'backup' }).waitFor({ state: 'detached' });
  });

  it('changes the contrast', async () => {
    const { page } = await openPage({ path: '/#/account' });
    await page.selectOption('#account-contrast', 'high');
    await page.waitForFunction(() => document.documentElement.dataset['contrast'] === 'high');
  });

  it('tells of devices of a group when asked to, until told to stop', async () => {
    const { page, server } = await openPage({ server: { devices: 2, groups: 1 }, path: '/#/groups' });
    await page.waitForSelector(id('group-row'));
    await page.evaluate((hash) => (location.hash = hash), `#/groups/${server.groups[0]!._id.slice(6)}`);
    await page.check('#group-notice-disconnect');
    await vi.waitFor(() => expect(Object.values(server.notify)).toHaveLength(1));
    server.setOnline(server.devices[0]!._id, false);
    await page.waitForSelector(`${id('toast')}:has-text("is offline")`);
    await page.goto(`${server.url}/#/account`);
    await page.locator(`${id('notice-row')} button`).click();
    await page.waitForSelector(id('notice-row'), { state: 'detached' });
    expect(Object.values(server.notify)).toEqual([0]);
  });
});

describe('a device', () => {
  it('has a note that is changed in place', async () => {
    const opened = await openPage();
    const { page, server } = opened;
    await page.waitForSelector(id('device-row'));
    await openDevice(opened);
    await page.click(id('edit-note'));
    await page.fill(id('note-input'), 'Key is with <b>Anna</b>');
    await page.click(id('save-note'));
    await page.waitForSelector(`${id('note-text')}:has-text("<b>Anna</b>")`);
    expect([...server.notes.values()]).toEqual(['Key is with <b>Anna</b>']);
  });

  it('is restarted from its own page', async () => {
    const opened = await openPage();
    const { page, server } = opened;
    await page.waitForSelector(id('device-row'));
    await openDevice(opened);
    await page.click(`${id('device-menu')} button`);
    await page.click(id('device-reset'));
    await page.click(id('dialog-submit'));
    await page.waitForSelector(`${id('bulk-state')}:has-text("1 of 1 done")`);
    expect(server.received.find((message) => message['action'] === 'poweraction')).toMatchObject({ actiontype: 3, nodeids: [server.devices[0]!._id] });
  });

  it('asks for consent as its settings say', async () => {
    const opened = await openPage();
    const { page } = opened;
    await page.waitForSelector(id('device-row'));
    await openDevice(opened);
    await page.click(id('edit-consent'));
    await page.check('#device-consent-16');
    await page.click(id('dialog-submit'));
    await page.waitForSelector(`${id('consent-own')}:has-text("Ask before a terminal")`);
  });
});

describe('a group', () => {
  it('has settings for consent and for devices that are away', async () => {
    const { page, server } = await openPage({ path: '/#/groups' });
    await page.waitForSelector(id('group-row'));
    await page.evaluate((hash) => (location.hash = hash), `#/groups/${server.groups[0]!._id.slice(6)}`);
    await page.click(id('group-settings'));
    await page.check('#group-consent-8');
    await page.fill('#group-expire', 'x');
    expect(await page.isDisabled(id('dialog-submit'))).toBe(true);
    await page.fill('#group-expire', '90');
    await page.click(id('dialog-submit'));
    await page.waitForSelector(`${id('group-consent')}:has-text("Ask before the desktop")`);
    expect(server.received.find((message) => message['action'] === 'editmesh')).toMatchObject({ consent: 8, expireDevs: 90 });
  });
});

describe('setting up', () => {
  it('asks for as long a password as the server does', async () => {
    const { page } = await openPage({ server: { setup: true, devices: 0, groups: 0, signedIn: false }, path: '/#/setup?token=f00dfacecafe' });
    await page.waitForSelector(id('setup-form'));
    expect(await page.textContent('.rules')).toContain('At least 11 characters');
  });
});
afterEach(closeAll);
afterAll(closeBrowser);
