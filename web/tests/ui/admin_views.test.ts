import { checkViews, id, type View } from './views';

const users: View['wanted'] = { path: '/#/users' };

const views: View[] = [
  { name: 'users', wanted: users, ready: id('user-row') },
  {
    name: 'user-add',
    wanted: users,
    ready: id('user-row'),
    prepare: async ({ page }) => {
      await page.click(id('add-user'));
      await page.click(id('make-password'));
      await page.waitForSelector(id('copy-text'));
    },
  },
  {
    name: 'user-edit',
    wanted: users,
    ready: id('user-row'),
    prepare: async ({ page }) => {
      await page.getByRole('button', { name: 'c.diaz', exact: true }).click();
      await page.waitForSelector(id('dialog'));
    },
  },
  {
    name: 'user-remove',
    wanted: users,
    ready: id('user-row'),
    prepare: async ({ page }) => {
      await page.getByRole('button', { name: 'Actions for c.diaz' }).click();
      await page.click(id('user-remove'));
      await page.waitForSelector(id('dialog'));
    },
  },
  { name: 'account', wanted: { path: '/#/account' }, ready: id('password-form'), prepare: async ({ page }) => void (await page.waitForSelector(id('own-email'))) },
  {
    name: 'token-made',
    wanted: { path: '/#/account' },
    ready: id('create-token'),
    prepare: async ({ page }) => {
      await page.click(id('create-token'));
      await page.fill('#token-name', 'Backup script');
      await page.click(id('dialog-submit'));
      await page.waitForSelector(id('token-secret'));
    },
  },
  { name: 'user-groups', wanted: { path: '/#/user-groups' }, ready: id('user-group-row') },
  {
    name: 'user-group',
    wanted: { path: '/#/user-groups' },
    ready: id('user-group-row'),
    prepare: async ({ page }) => {
      await page.getByRole('link', { name: 'Helpdesk' }).click();
      await page.waitForSelector(id('right-row'));
    },
  },
  {
    name: 'why-no',
    wanted: { path: '/#/groups' },
    ready: id('group-row'),
    prepare: async ({ page }) => {
      await page.getByRole('button', { name: 'Actions for Office Berlin' }).click();
      await page.click(id('group-access'));
      await page.click(id('why'));
      await page.fill('#why-user', 'anna');
      await page.fill('#why-action', 'terminal');
      await page.click(id('dialog-submit'));
      await page.waitForSelector(id('why-answer'));
    },
  },
  {
    name: 'group-access',
    wanted: { path: '/#/groups' },
    ready: id('group-row'),
    prepare: async ({ page }) => {
      await page.getByRole('button', { name: 'Actions for Office Berlin' }).click();
      await page.click(id('group-access'));
      await page.waitForSelector(id('member-row'));
    },
  },
  {
    name: 'group-grant',
    wanted: { path: '/#/groups' },
    ready: id('group-row'),
    prepare: async ({ page }) => {
      await page.getByRole('button', { name: 'Actions for Office Berlin' }).click();
      await page.click(id('group-access'));
      await page.click(id('grant'));
      await page.waitForSelector(id('dialog'));
    },
  },
  { name: 'events', wanted: { path: '/#/events?user=anna' }, ready: id('event-row') },
];

checkViews(views);
