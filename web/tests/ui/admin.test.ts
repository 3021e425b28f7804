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

describe('my account', () => {
  it('changes the password, and stays signed in although its sessions end', async () => {
    const { page, server } = await openPage();
    await page.waitForSelector(id('device-row'));
    await page.click(`${id('account-menu')} button`);
    await page.click(id('my-account'));
    await page.fill('#old-password', 'wrong');
    await page.fill('#new-password', 'three brown horses');
    await page.click(id('change-password'));
    await page.waitForSelector('#old-password[aria-invalid=true]:focus');
    expect(await page.inputValue('#new-password')).toBe('three brown horses');
    await page.fill('#old-password', 'correct horse');
    await page.click(id('change-password'));
    await page.locator(id('toast'), { hasText: 'Your password was changed' }).waitFor();
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>('#old-password')?.value === '');
    await page.waitForSelector(id('own-email'));
    expect(server.users.get('admin')).toBe('three brown horses');
    expect(server.signedIn).toBe('admin');
  });

  it('shows a new login token once, and removes it after a question', async () => {
    const { page, server } = await openPage({ path: '/#/account' });
    await page.click(id('create-token'));
    await page.getByLabel('Name').fill('Backup script');
    await page.selectOption('#token-term', { label: 'A day' });
    await page.click(id('dialog-submit'));
    await page.click(`${id('token-secret')} ${id('copy')}`);
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('wE7rT2yU9iO4pA6sD1fG');
    expect(last(server, 'createLoginToken')).toMatchObject({ name: 'Backup script', expire: 1440 });
    await page.click(id('dialog-cancel'));
    await row(page, 'Backup script', 'token-row').waitFor();
    expect(await page.textContent('main')).not.toContain('wE7rT2yU9iO4pA6sD1fG');
    await page.click(id('token-remove'));
    await page.click(id('dialog-submit'));
    await row(page, 'Backup script', 'token-row').waitFor({ state: 'detached' });
    expect(server.people.tokens).toEqual([]);
  });

  it('changes address and language', async () => {
    const { page } = await openPage({ path: '/#/account' });
    await page.click(id('change-email'));
    await page.fill('#user-email', 'nowhere');
    await page.click(id('dialog-submit'));
    await page.waitForSelector('#user-email[aria-invalid=true]');
    await page.fill('#user-email', 'me@example.net');
    await page.click(id('dialog-submit'));
    await page.locator(id('own-email'), { hasText: 'me@example.net' }).waitFor();
    await page.selectOption('#account-language', 'de');
    await page.getByRole('heading', { name: 'Mein Konto' }).waitFor();
  });
});

describe('user groups', () => {
  it('are created, given members and rights, and deleted', async () => {
    const { page, server } = await openPage({ path: '/#/user-groups' });
    await page.waitForSelector(id('user-group-row'));
    await page.click(id('create-user-group'));
    await page.getByLabel('Name').fill('Auditors');
    await page.click(id('dialog-submit'));
    await page.locator(id('user-group-title'), { hasText: 'Auditors' }).waitFor();

    await page.fill('#member-name', 'nobody');
    await page.click(id('member-add'));
    await page.waitForSelector('#member-name[aria-invalid=true]');
    await page.fill('#member-name', 'anna');
    await page.click(id('member-add'));
    await row(page, 'Anna Müller', 'member-row').waitFor();
    expect(await page.inputValue('#member-name')).toBe('');

    await page.click(id('grant'));
    await page.selectOption('#grant-group', { label: 'Data centre' });
    await page.getByLabel('Remote control').check();
    await page.getByLabel('No terminal').check();
    await page.click(id('dialog-submit'));
    await row(page, 'Remote control, No terminal', 'right-row').waitFor();
    expect(last(server, 'addmeshuser')).toMatchObject({ meshadmin: 0x208 });

    await page.click(id('member-remove'));
    await row(page, 'Anna Müller', 'member-row').waitFor({ state: 'detached' });
    await page.click(id('user-group-delete'));
    await page.click(id('dialog-submit'));
    await page.waitForSelector(id('user-group-row'));
    expect([...server.people.groups.values()].map(({ name }) => name)).not.toContain('Auditors');
  });

  it('are renamed, and show what others change', async () => {
    const { page, server } = await openPage({ path: '/#/user-groups' });
    await page.waitForSelector(id('user-group-row'));
    await fromMenu(page, 'Helpdesk', 'user-group-edit', 'user-group');
    await page.fill('#user-group-name', 'First line');
    await page.click(id('dialog-submit'));
    await row(page, 'First line', 'user-group-row').waitFor();
    server.event({ action: 'createusergroup', ugrpid: 'ugrp//new', name: 'From elsewhere', links: {} });
    await row(page, 'From elsewhere', 'user-group-row').getByText('0 members').waitFor();
  });
});

describe('rights on a device group', () => {
  it('are listed in words, given to users and user groups, changed and taken away', async () => {
    const { page, server } = await openPage({ path: '/#/groups' });
    await page.getByRole('button', { name: 'Actions for Office Berlin' }).click();
    await page.click(id('group-access'));
    await row(page, 'anna', 'member-row').getByText('Remote control, Run commands, No terminal').waitFor();
    expect(await row(page, 'admin', 'member-row').locator('button').count()).toBe(0);

    await page.click(id('grant'));
    await page.fill('#grant-name', 'nobody');
    await page.click(id('dialog-submit'));
    await page.waitForSelector('#grant-name[aria-invalid=true]');
    await page.fill('#grant-name', 'c.diaz');
    await page.getByLabel('Wake devices').check();
    await page.click(id('dialog-submit'));
    await row(page, 'c.diaz', 'member-row').getByText('Wake devices').waitFor();

    await page.click(id('grant'));
    await page.check('#grant-kind-group');
    await page.selectOption('#grant-user-group', { label: 'Night shift' });
    await page.getByLabel('Administrator of the group').check();
    await page.click(id('dialog-submit'));
    await row(page, 'Night shift', 'member-row').getByText('Administrator of the group').waitFor();

    await row(page, 'c.diaz', 'member-row').locator(id('member-edit')).click();
    expect(await page.getByLabel('Wake devices').isChecked()).toBe(true);
    await page.getByLabel('Wake devices').uncheck();
    await page.click(id('dialog-submit'));
    await row(page, 'c.diaz', 'member-row').getByText('nothing more').waitFor();
    await row(page, 'c.diaz', 'member-row').locator(id('member-remove')).click();
    await page.click(id('dialog-submit'));
    await row(page, 'c.diaz', 'member-row').waitFor({ state: 'detached' });
    expect(Object.keys(server.groups[0]!.links)).not.toContain('user//c.diaz');
  });
});

describe('events', () => {
  it('are shown newest first, filtered by text and user, and older ones on demand', async () => {
    const { page, server } = await openPage({ path: '/#/events' });
    await page.waitForSelector(id('event-row'));
    expect(await page.locator(id('event-row')).count()).toBe(200);
    await page.click(id('more-events'));
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=event-row]').length === 400);
    server.event({ action: 'accountcreate', msg: 'Account created: <i>zoe</i>', username: 'admin' });
    await page.locator(id('event-row')).first().getByText('Account created: <i>zoe</i>').waitFor();

    await page.fill('#event-search', 'terminal web-01');
    await page.waitForFunction(() => location.hash.includes('q=terminal'));
    const shown = await page.locator(id('event-row')).allTextContents();
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.every((text) => text.includes('terminal') && text.includes('web-01'))).toBe(true);
    await page.fill('#event-search', '');
    await page.locator(id('event-row')).getByRole('link', { name: 'anna' }).first().click();
    await page.waitForSelector(id('clear-user'));
    await page.waitForFunction(() => [...document.querySelectorAll('[data-testid=event-row] .by')].every((cell) => cell.textContent?.trim() === 'anna'));
    expect(last(server, 'events')).toMatchObject({ userid: 'anna', limit: 200 });
    await page.click(id('clear-user'));
    await page.locator(id('event-row')).getByRole('link', { name: 'web-01' }).first().click();
    await page.waitForSelector(id('device-title'));
  });
});

describe('why somebody may or may not', () => {
  const ask = async (page: Page, user: string) => {
    await page.goto(page.url().replace(/#.*$/, '#/groups'));
    await page.getByRole('button', { name: 'Actions for Office Berlin' }).click();
    await page.click(id('group-access'));
    await page.click(id('why'));
    await page.fill('#why-user', user);
    await page.fill('#why-action', 'terminal');
    await page.click(id('dialog-submit'));
  };

  it('is said rule by rule, with what took the right away', async () => {
    const { page, server } = await openPage({ path: '/#/groups' });
    await page.waitForSelector(id('group-row'));
    await ask(page, 'anna');
    await page.waitForSelector(id('why-answer'));
    expect(await page.textContent(id('why-verdict'))).toContain('No');
    expect(await page.locator(id('why-step')).last().textContent()).toContain('Forbidden by: No terminal');
    expect(last(server, 'rights.explain')).toMatchObject({ user: 'anna', what: 'terminal' });
    await page.fill('#why-user', 'admin');
    expect(await page.locator(id('why-answer')).count()).toBe(0);
    await page.click(id('dialog-submit'));
    await page.waitForSelector(id('why-answer'));
    expect(await page.textContent(id('why-answer'))).toContain('The person at the device is asked first.');
  });

  it('names whom it might be when there is nobody of that name', async () => {
    const { page } = await openPage({ path: '/#/groups' });
    await page.waitForSelector(id('group-row'));
    await ask(page, 'ana');
    await page.waitForSelector(id('dialog-error'));
    expect(await page.textContent(id('dialog-error'))).toContain('did you mean');
  });
});
