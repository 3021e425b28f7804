import { closeAll, closeBrowser, openPage } from './browser';
import { id } from './views';

afterEach(closeAll);
afterAll(closeBrowser);

describe('the list of devices', () => {
  it('is filtered by the keyboard alone, with suggestions, and says what is wrong', async () => {
    const { page } = await openPage();
    await page.waitForSelector(id('device-row'));
    await page.keyboard.press('/');
    await page.keyboard.type('grou');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.type('ber');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await page.inputValue(id('device-search'))).toBe('group:"Office Berlin" ');
    const rows = await page.locator(id('device-row')).allTextContents();
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every((text) => text.includes('Office Berlin'))).toBe(true);
    await page.keyboard.type('tagg:x');
    await page.waitForSelector(`${id('filter-fault')}:has-text("Do you mean “tag:”?")`);
    expect(await page.getAttribute(id('device-search'), 'aria-describedby')).toBe('filter-fault');
  });

  it('offers the values of a column in its heading', async () => {
    const { page } = await openPage();
    await page.waitForSelector(id('device-row'));
    await page.click(`${id('filter-tags')} button`);
    await page.locator(id('filter-value'), { hasText: 'backup' }).click();
    expect(await page.inputValue(id('device-search'))).toBe('tag:backup');
    await page.waitForSelector(`${id('device-count')}:has-text("8 of 40")`);
    // It stays open for another, and takes the value out again.
    await page.locator(id('filter-value'), { hasText: 'backup' }).click();
    expect(await page.inputValue(id('device-search'))).toBe('');
  });

  it('shows the columns that were chosen, also after a reload and in a link', async () => {
    const { page, server } = await openPage();
    await page.waitForSelector(id('device-row'));
    await page.click(`${id('display-menu')} button`);
    await page.click(id('column-host'));
    await page.click(id('column-user'));
    await page.keyboard.press('Escape');
    await page.waitForSelector(id('sort-host'));
    expect(await page.locator(id('sort-user')).count()).toBe(0);
    const link = page.url();
    await page.goto(`${server.url}/#/groups`);
    await page.goto(`${server.url}/#/devices`);
    await page.waitForSelector(id('sort-host'));
    await page.evaluate(() => localStorage.clear());
    await page.goto('about:blank');
    await page.goto(link);
    await page.waitForSelector(id('sort-host'));
  });

  it('keeps views in the account', async () => {
    const { page, server } = await openPage({ path: '/#/devices?q=os%3Adebian&sort=-seen&by=group' });
    await page.waitForSelector(id('part-row'));
    await page.click(`${id('views-menu')} button`);
    await page.click(id('save-view'));
    await page.fill(id('view-name'), 'Debian');
    await page.click(id('dialog-submit'));
    await page.waitForSelector(`${id('views-menu')} button:has-text("Debian")`);
    expect(server.webState).toEqual({ trellisViews: '[["Debian","q=os%3Adebian&sort=-seen&by=group"]]' });
    await page.evaluate(() => localStorage.clear());
    await page.goto(`${server.url}/#/devices`);
    await page.click(`${id('views-menu')} button`);
    await page.click(id('saved-view'));
    await page.waitForSelector(id('part-row'));
    expect(await page.inputValue(id('device-search'))).toBe('os:debian');
  });

  it('chooses with Shift, by the heading all that is found, and says what the filter hides', async () => {
    const { page } = await openPage();
    await page.waitForSelector(id('device-row'));
    const boxes = page.locator(`${id('device-row')} input`);
    await boxes.nth(1).click();
    await boxes.nth(4).click({ modifiers: ['Shift'] });
    await page.waitForSelector(`${id('selected-count')}:has-text("4 selected")`);
    await page.fill(id('device-search'), 'zzz-nothing');
    await page.waitForSelector(`${id('selected-count')}:has-text("4 of them not shown")`);
    await page.fill(id('device-search'), 'is:offline');
    await page.click(id('select-none'));
    await page.click(id('select-all'));
    await page.waitForSelector(`${id('selected-count')}:has-text("10 selected")`);
    await page.click(id('select-all'));
    await page.waitForSelector(id('bulk-bar'), { state: 'detached' });
  });

  it('folds parts, with the keyboard too', async () => {
    const { page } = await openPage({ path: '/#/devices?by=group' });
    await page.waitForSelector(id('part-row'));
    const before = await page.locator(id('device-row')).count();
    await page.focus('[role=treegrid]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[aria-expanded=false][data-testid=part-row]');
    expect(await page.locator(id('device-row')).count()).toBeLessThanOrEqual(before);
  });
});
