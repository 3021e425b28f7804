import type { Page } from 'playwright-core';
import { closeAll, closeBrowser, openPage, shoot, violations, type Opened, type Wanted } from './browser';

afterEach(closeAll);
afterAll(closeBrowser);

interface View {
  name: string;
  wanted?: Wanted;
  ready: string;
  /// What to do before it is looked at.
  prepare?: (opened: Opened) => Promise<void>;
}

const id = (selector: string) => `[data-testid=${selector}]`;
const press = (page: Page, selector: string) => page.click(id(selector));

async function openDevice({ page, server }: Opened, tab = ''): Promise<void> {
  await page.evaluate((hash) => (location.hash = hash), `#/devices/${server.devices[0]!._id.slice(6)}${tab}`);
  await page.waitForSelector(id('device-title'));
}

const views: View[] = [
  { name: 'setup', wanted: { server: { setup: true, devices: 0, groups: 0, signedIn: false }, path: '/#/setup?token=f00dfacecafe' }, ready: id('setup-form') },
  { name: 'setup-no-token', wanted: { server: { setup: true, devices: 0, groups: 0, signedIn: false } }, ready: id('setup-token') },
  { name: 'login', wanted: { server: { signedIn: false } }, ready: id('login-form') },
  {
    name: 'login-refused',
    wanted: { server: { signedIn: false } },
    ready: id('login-form'),
    prepare: async ({ page }) => {
      await page.fill('#login-name', 'admin');
      await page.fill('#login-password', 'wrong');
      await press(page, 'login-submit');
      await page.waitForSelector(id('form-error'));
    },
  },
  { name: 'devices', ready: id('device-row') },
  { name: 'devices-search', wanted: { path: '/#/devices?q=web&state=online&sort=-address' }, ready: id('device-row') },
  { name: 'devices-nothing-found', wanted: { path: '/#/devices?q=zzzz' }, ready: id('empty-search') },
  { name: 'devices-none', wanted: { server: { devices: 0 } }, ready: id('empty-no-device') },
  { name: 'groups-none', wanted: { server: { devices: 0, groups: 0 } }, ready: id('empty-no-group') },
  { name: 'groups', wanted: { path: '/#/groups' }, ready: id('group-row') },
  { name: 'group-create', wanted: { path: '/#/groups' }, ready: id('group-row'), prepare: ({ page }) => press(page, 'create-group') },
  {
    name: 'group-delete',
    wanted: { path: '/#/groups' },
    ready: id('group-row'),
    prepare: async ({ page }) => {
      await page.click(`${id('group-menu')} button`);
      await press(page, 'group-delete');
      await page.waitForSelector(id('dialog'));
    },
  },
  {
    name: 'install',
    wanted: { path: '/#/groups' },
    ready: id('group-row'),
    prepare: async ({ page }) => {
      await press(page, 'group-install');
      await page.waitForSelector(id('copy-text'));
    },
  },
  { name: 'device-general', ready: id('device-row'), prepare: (opened) => openDevice(opened) },
  {
    name: 'device-events',
    ready: id('device-row'),
    prepare: async (opened) => {
      await openDevice(opened, '/events');
      await opened.page.waitForSelector(id('event-table'));
    },
  },
  {
    name: 'device-edit',
    ready: id('device-row'),
    prepare: async (opened) => {
      await openDevice(opened);
      await press(opened.page, 'rename-device');
      await opened.page.waitForSelector(id('dialog'));
    },
  },
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
  { name: 'device-gone', wanted: { path: '/#/devices/nothing' }, ready: id('device-gone') },
  { name: 'plugins', wanted: { path: '/#/plugins' }, ready: id('plugin-terminal') },
  {
    name: 'account-menu',
    ready: id('device-row'),
    prepare: async ({ page }) => {
      await page.click(`${id('account-menu')} button`);
      await page.waitForSelector('[role=menu]');
    },
  },
  {
    name: 'palette',
    ready: id('device-row'),
    prepare: async ({ page }) => {
      await page.keyboard.press('Control+k');
      await page.keyboard.type('web');
      await page.waitForSelector('[role=option]:has-text("web-01")');
    },
  },
  {
    name: 'connection-lost',
    ready: id('device-row'),
    prepare: async ({ page, server }) => {
      server.refuseUpgrades = true;
      server.dropControls();
      await page.waitForSelector('.banner');
    },
  },
  { name: 'not-found', wanted: { path: '/#/nowhere' }, ready: id('not-found') },
];

const looks: { name: string; wanted: Wanted }[] = [
  { name: 'wide-light', wanted: { width: 1280, height: 800, scheme: 'light' } },
  { name: 'wide-dark', wanted: { width: 1280, height: 800, scheme: 'dark' } },
  { name: 'phone-light', wanted: { width: 360, height: 740, scheme: 'light', touch: true } },
  { name: 'phone-dark', wanted: { width: 360, height: 740, scheme: 'dark', touch: true } },
  { name: 'wide-light-contrast', wanted: { width: 1280, height: 800, scheme: 'light', contrast: 'more' } },
  { name: 'wide-dark-contrast', wanted: { width: 1280, height: 800, scheme: 'dark', contrast: 'more' } },
];

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
