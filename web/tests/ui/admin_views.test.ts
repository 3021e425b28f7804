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
];

checkViews(views);
