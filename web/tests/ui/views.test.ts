import type { Page } from 'playwright-core';
import { checkViews, id, openDevice, type View } from './views';

const press = (page: Page, selector: string) => page.click(id(selector));

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
  {
    name: 'devices-mistake',
    wanted: { path: '/#/devices?q=ost%3Adebian+is%3Ax' },
    ready: id('filter-fault'),
  },
  {
    name: 'devices-suggestions',
    ready: id('device-row'),
    prepare: async ({ page }) => {
      await page.keyboard.press('/');
      await page.keyboard.type('group:');
      await page.waitForSelector('.suggestions [role=option]');
      await page.keyboard.press('ArrowDown');
    },
  },
  { name: 'devices-grouped', wanted: { path: '/#/devices?by=tags&cols=group.tags.os.host.agent.booted' }, ready: id('part-row') },
  {
    name: 'devices-display',
    ready: id('device-row'),
    prepare: async ({ page }) => {
      await page.click(`${id('display-menu')} button`);
      await page.waitForSelector('[role=menuitemcheckbox]');
    },
  },
  {
    name: 'devices-selected',
    ready: id('device-row'),
    prepare: async ({ page }) => {
      await page.focus('[role=grid]');
      await page.keyboard.press('Space');
      for (const _ of [1, 2, 3]) await page.keyboard.press('Shift+ArrowDown');
      await page.waitForSelector(`${id('selected-count')}:has-text("4 selected")`);
    },
  },
  {
    name: 'devices-save-view',
    wanted: { path: '/#/devices?q=os%3Adebian' },
    ready: id('device-row'),
    prepare: async ({ page }) => {
      await page.click(`${id('views-menu')} button`);
      await press(page, 'save-view');
      await page.waitForSelector(id('view-name'));
    },
  },
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
  { name: 'device-gone', wanted: { path: '/#/devices/nothing' }, ready: id('device-gone') },
  { name: 'plugins', wanted: { path: '/#/plugins' }, ready: id('plugin-webhook') },
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

checkViews(views);
