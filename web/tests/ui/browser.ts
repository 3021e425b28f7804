import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { MockServer } from '../mock/server.mjs';
import { built } from './build';

export type { Page };

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/// TRELLIS_SHOTS=DIR keeps a picture of every view that is checked.
const shots = process.env['TRELLIS_SHOTS'];

let browser: Browser | undefined;

export interface Opened {
  page: Page;
  context: BrowserContext;
  server: MockServer;
  /// What the page complained about: script errors and refusals by the content security policy.
  complaints: string[];
}

export interface Wanted {
  server?: ConstructorParameters<typeof MockServer>[0];
  path?: string;
  width?: number;
  height?: number;
  scheme?: 'light' | 'dark';
  contrast?: 'more' | 'no-preference';
  touch?: boolean;
}

const opened: Opened[] = [];

export async function openPage(wanted: Wanted = {}): Promise<Opened> {
  browser ??= await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const server = new MockServer({ folders: built, signedIn: true, ...wanted.server });
  const url = await server.start();
  const context = await browser.newContext({
    viewport: { width: wanted.width ?? 1280, height: wanted.height ?? 800 },
    colorScheme: wanted.scheme ?? 'light',
    contrast: wanted.contrast ?? 'no-preference',
    hasTouch: wanted.touch ?? false,
    locale: 'en-GB',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // The browser's own lines for a status such as 401 and for a server that is away are not the page's.
    const isNetwork = /^(Failed to load resource|WebSocket connection to)/.test(message.text());
    if (message.type() === 'error' && !isNetwork) complaints.push(message.text());
  });
  await page.goto(url + (wanted.path ?? ''));
  const result = { page, context, server, complaints };
  opened.push(result);
  return result;
}

export async function closeAll(): Promise<void> {
  for (const { context, server } of opened.splice(0)) {
    await context.close();
    await server.stop();
  }
}

export async function closeBrowser(): Promise<void> {
  await browser?.close();
  browser = undefined;
}

const axeSource = readFileSync(axePath, 'utf8');
const everyRule = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
const contrastOnly = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };

/// What axe-core finds by WCAG 2.2 A and AA and by its own best practices, as readable lines. `colours`: only the
/// rules that a colour scheme can break, for a page that was looked at as a whole in another one.
export async function violations(page: Page, which: 'all' | 'colours' = 'all'): Promise<string[]> {
  // Through the debugger, which the content security policy does not bind.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource);
  return page.evaluate(async (runOnly) => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    // What a program prints in a terminal, and in which colours, is not the page's.
    const context = { include: ['html'], exclude: [{ fromShadowDom: ['.plugin-host.place', '.xterm-rows'] as [string, string] }] };
    const { violations: found } = await axe.run(context, { runOnly: runOnly as import('axe-core').RunOnly, resultTypes: ['violations'], preload: false });
    return found.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${rule.help}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`));
  }, which === 'all' ? everyRule : contrastOnly);
}

export async function shoot(page: Page, name: string): Promise<void> {
  if (!shots) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: resolve(shots, `${name}.png`) });
}
