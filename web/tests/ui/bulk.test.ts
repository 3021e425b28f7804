import { closeAll, closeBrowser, openPage, type Page } from './browser';
import { checkViews, id } from './views';

async function choose(page: Page, count: number): Promise<void> {
  await page.waitForSelector(id('device-row'));
  await page.focus('[role=grid]');
  await page.keyboard.press('Space');
  for (let at = 1; at < count; at++) await page.keyboard.press('Shift+ArrowDown');
  await page.waitForSelector(`${id('selected-count')}:has-text("${count} selected")`);
}

checkViews([
  {
    name: 'bulk-run',
    ready: id('device-row'),
    prepare: async ({ page }) => {
      await choose(page, 5);
      await page.click(id('bulk-run'));
      await page.fill(id('bulk-command'), 'uptime');
    },
  },
  {
    name: 'bulk-tags',
    wanted: { path: '/#/devices?q=tag%3Abackup' },
    ready: id('device-row'),
    prepare: async ({ page }) => {
      await choose(page, 3);
      await page.click(id('bulk-tags'));
      await page.fill('#bulk-add-tags', 'new, newer');
    },
  },
  {
    name: 'bulk-progress',
    ready: id('device-row'),
    prepare: async ({ page, server }) => {
      server.failing.add('db-02');
      await choose(page, 5);
      await page.click(`${id('bulk-power')} button`);
      await page.click(`${id('bulk-reset')}`);
      await page.click(id('dialog-submit'));
      await page.waitForSelector(id('bulk-retry'));
    },
  },
  {
    name: 'bulk-remove',
    ready: id('device-row'),
    prepare: async ({ page }) => {
      await choose(page, 2);
      await page.click(`${id('bulk-more')} button`);
      await page.click(id('bulk-remove'));
      await page.waitForSelector(id('bulk-confirm'));
    },
  },
]);

describe('many devices at once', () => {
  it('are moved to another group', async () => {
    const { page, server } = await openPage();
    await choose(page, 3);
    await page.click(id('bulk-move'));
    expect(await page.isDisabled(id('dialog-submit'))).toBe(true);
    await page.selectOption('#bulk-group', { label: 'Office Berlin' });
    await page.waitForSelector(`${id('bulk-summary')}:has-text("3 devices move to “Office Berlin”")`);
    await page.click(id('dialog-submit'));
    await page.waitForSelector(`${id('bulk-state')}:has-text("3 of 3 done")`);
    const moved = server.received.filter((message) => message['action'] === 'changeDeviceMesh');
    expect(moved).toHaveLength(3);
    await expect.poll(() => page.locator(id('device-row')).first().textContent()).toContain('Office Berlin');
  });

  it('leave out those without the right or an agent, and say so before they start', async () => {
    const { page, server } = await openPage();
    server.groups[1]!.links = { 'user//admin': { rights: 0x8 } };
    server.event({ action: 'meshchange', meshid: server.groups[1]!._id, name: server.groups[1]!.name, links: server.groups[1]!.links });
    await choose(page, 4);
    await page.click(`${id('bulk-power')} button`);
    await page.click(id('bulk-off'));
    await page.waitForSelector(id('bulk-left-out'));
    const left = await page.locator(id('bulk-left-out')).allTextContents();
    expect(left.join(' ')).toMatch(/because you lack the right: .*db-01/);
    expect(left.join(' ')).toMatch(/agent is not connected: .*db-03/);
    await page.click(id('dialog-submit'));
    await page.waitForSelector(id('bulk-panel'));
    await page.waitForSelector(`${id('bulk-state')}:has-text("1 of 1 done")`);
  });

  it('show what each answered, and try again what failed', async () => {
    const { page, server } = await openPage();
    server.failing.add('db-01');
    await choose(page, 2);
    await page.click(id('bulk-run'));
    await page.fill(id('bulk-command'), 'uptime');
    await page.click(id('dialog-submit'));
    await page.waitForSelector(`${id('bulk-state')}:has-text("1 failed")`);
    await page.waitForSelector(`${id('bulk-step')}:has-text("The agent is not connected.")`);
    server.failing.clear();
    await page.click(id('bulk-retry'));
    await page.waitForSelector(`${id('bulk-state')}:has-text("2 of 2 done")`);
    await page.locator('summary').first().click();
    await page.getByText('load average').first().waitFor();
  });

  it('are removed only after their number was typed', async () => {
    const { page, server } = await openPage();
    await choose(page, 2);
    await page.click(`${id('bulk-more')} button`);
    await page.click(id('bulk-remove'));
    await page.fill(id('bulk-confirm'), '3');
    expect(await page.isDisabled(id('dialog-submit'))).toBe(true);
    await page.fill(id('bulk-confirm'), '2');
    await page.click(id('dialog-submit'));
    await page.waitForSelector(id('bulk-bar'), { state: 'detached' });
    expect(server.devices).toHaveLength(38);
  });
});
afterAll(closeBrowser);
afterEach(closeAll);
