import type { Page } from 'playwright-core';
import { closeAll, closeBrowser, openPage } from './browser';

afterEach(closeAll);
afterAll(closeBrowser);

const id = (selector: string) => `[data-testid=${selector}]`;
const row = (page: Page, text: string, kind = 'user-row') => page.locator(id(kind), { hasText: text });
const dialogGone = (page: Page) => page.waitForSelector(id('dialog'), { state: 'detached' });
const last = (server: { received: Record<string, unknown>[] }, action: string) => server.received.filter((message) => message['action'] === action).at(-1);

async function fromMenu(page: Page, text: string, entry: string, kind = 'user'): Promise<void> {
  await row(page, text, `${kind}-row`).locator(`${id(`${kind}-menu`)} button`).click();
  await page.click(id(entry));
  await page.waitForSelector(id('dialog'));
}

describe('users', () => {
  it('are added with a generated password, which can be copied before', async () => {
    const { page, server } = await openPage({ path: '/#/users' });
    await page.waitForSelector(id('user-row'));
    await page.click(id('add-user'));
    await page.waitForSelector('#user-name:focus');
    await page.keyboard.type('e.novak');
    await page.click(id('make-password'));
    await page.click(id('copy'));
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    await page.getByLabel('Manage users').check();
    await page.getByLabel('No new device groups').check();
    await page.click(id('dialog-submit'));
    await row(page, 'e.novak').waitFor();
    expect(copied).toMatch(/^(\w{4}-){4}\w{4}$/);
    expect(last(server, 'adduser')).toMatchObject({ username: 'e.novak', pass: copied, siteadmin: 0x42 });
    expect(await row(page, 'e.novak').textContent()).toContain('Manage users, No new device groups');
  });

  it('that are refused leave the form as it is, with the reason at the field', async () => {
    const { page } = await openPage({ path: '/#/users' });
    await page.waitForSelector(id('user-row'));
    await page.click(id('add-user'));
    await page.fill('#user-name', 'anna');
    await page.fill('#user-password', 'three brown horses');
    await page.fill('#user-email', 'nowhere');
    await page.click(id('dialog-submit'));
    await page.waitForSelector('#user-name[aria-invalid=true]:focus');
    expect(await page.textContent('#user-name-fault')).toContain('There is an account with this name');
    await page.fill('#user-name', 'annabel');
    await page.click(id('dialog-submit'));
    await page.waitForSelector('#user-email[aria-invalid=true]');
    expect(await page.inputValue('#user-password')).toBe('three brown horses');
  });

  it('are changed, and only in what was changed', async () => {
    const { page, server } = await openPage({ path: '/#/users' });
    await row(page, 'b.mueller').getByText('Locked').waitFor();
    await fromMenu(page, 'b.mueller', 'user-edit');
    await page.getByLabel('Locked').uncheck();
    await page.fill('#user-real-name', 'Berta Müller');
    await page.click(id('dialog-submit'));
    await dialogGone(page);
    await row(page, 'Berta Müller').waitFor();
    const { responseid, ...sent } = last(server, 'edituser')!;
    expect(responseid).toBeTruthy();
    expect(sent).toEqual({ action: 'edituser', userid: 'user//b.mueller', realname: 'Berta Müller', siteadmin: 0 });
    expect(await row(page, 'b.mueller').getByText('Locked').count()).toBe(0);
  });

  it('cannot take the rights of themselves away', async () => {
    const { page } = await openPage({ path: '/#/users' });
    await page.waitForSelector(id('user-row'));
    await fromMenu(page, 'you', 'user-edit');
    expect(await page.getByLabel('Site administrator').isDisabled()).toBe(true);
  });

  it('are removed after a question that names them', async () => {
    const { page, server } = await openPage({ path: '/#/users' });
    await page.waitForSelector(id('user-row'));
    await fromMenu(page, 'd.okafor', 'user-remove');
    expect(await page.textContent('dialog')).toContain('The account of “d.okafor”');
    await page.click(id('dialog-cancel'));
    expect(server.people.accounts.has('user//d.okafor')).toBe(true);
    await fromMenu(page, 'd.okafor', 'user-remove');
    await page.click(id('dialog-submit'));
    await row(page, 'd.okafor').waitFor({ state: 'detached' });
    await fromMenu(page, 'you', 'user-remove');
    await page.click(id('dialog-submit'));
    await page.locator(id('dialog-error'), { hasText: 'the last site administrator' }).waitFor();
  });

  it('get another password, with the second factors forgotten only when asked', async () => {
    const { page, server } = await openPage({ path: '/#/users' });
    await page.waitForSelector(id('user-row'));
    await fromMenu(page, 'anna', 'user-password');
    await page.fill('#user-password', 'password');
    await page.click(id('dialog-submit'));
    await page.waitForSelector('#user-password[aria-invalid=true]');
    await page.fill('#user-password', 'three brown horses');
    await page.click(id('dialog-submit'));
    await dialogGone(page);
    expect(last(server, 'changeuserpass')).toMatchObject({ userid: 'user//anna', pass: 'three brown horses', removeMultiFactor: false, resetNextLogin: false });
  });

  it('follow what others do, and are found by name, real name and address', async () => {
    const { page, server } = await openPage({ path: '/#/users' });
    await page.waitForSelector(id('user-row'));
    server.event({ action: 'accountcreate', account: { _id: 'user//zoe', name: 'zoe', email: 'zoe@example.net' } });
    await row(page, 'zoe').waitFor();
    server.event({ action: 'wssessioncount', userid: 'user//zoe', count: 7, nolog: 1 });
    await row(page, 'zoe').locator('.sessions', { hasText: '7' }).waitFor();
    await page.fill('#user-search', 'example.net');
    await row(page, 'anna').waitFor({ state: 'detached' });
    expect(await page.locator(id('user-row')).count()).toBe(1);
  });

  it('are nothing for who may not manage them', async () => {
    const { page, server } = await openPage();
    await page.waitForSelector(id('nav-users'));
    server.event({ action: 'accountchange', account: { _id: 'user//admin', name: 'admin', siteadmin: 0, links: {} } });
    await page.waitForSelector(id('nav-users'), { state: 'detached' });
    await page.evaluate(() => (location.hash = '#/users'));
    await page.waitForSelector(id('not-found'));
  });
});
