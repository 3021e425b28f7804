import type { ControlChannel } from '../api/control';
import { http } from '../api/http';
import { i18n, fill, type Catalogue } from '../core/i18n';
import { Observable } from '../core/observe';

export type Slot = 'device_tab' | 'device_action' | 'site_page' | 'settings_page' | 'login_step' | 'devices_action';

export interface Contribution {
  plugin: string;
  id: string;
  slot: Slot;
  title: string;
  module: string;
  /// Address of its picture, '' for none.
  icon: string;
  /// What the right is about: site, device, ...
  scope: string;
  /// Bits the caller needs on the device, and bits that take it away.
  rights: number;
  forbidden: number;
  /// Wire numbers of the tunnels that a device tab opens.
  protocols: number[];
}

const kRetryMs = 3_000;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const bits = (value: unknown): number => (typeof value === 'number' ? value >>> 0 : 0);

/// What the running plugins add to the page, and their texts.
export class Plugins extends Observable {
  contributions: Contribution[] = [];
  isLoaded = false;
  /// The language of the plugins' texts; follows the page's as soon as they are there.
  language = '';
  private catalogues = new Map<string, Catalogue>();
  private generation = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;

  constructor(channel: ControlChannel) {
    super();
    channel.messages.on('serverinfo', () => void this.load());
    channel.events.on('plugin.stateChanged', () => void this.load());
    i18n.subscribe(() => void this.loadCatalogues(this.contributions));
  }

  of(slot: Slot): Contribution[] {
    return this.contributions.filter((entry) => entry.slot === slot);
  }

  /// A text of the plugin's catalogue, by its key with or without the plugin's id in front; else the key.
  t(plugin: string, key: string, values: Record<string, string | number> = {}): string {
    return textOf(this.catalogues.get(plugin), plugin, key, values);
  }

  async load(): Promise<void> {
    const mine = ++this.generation;
    clearTimeout(this.retry);
    const reply = await http('GET', '/api/ui').catch(() => undefined);
    if (mine !== this.generation) return;
    if (reply?.status !== 200) {
      // Signed out is the session's business; anything else may pass.
      if (reply?.status !== 401) this.retry = setTimeout(() => void this.load(), kRetryMs);
      return;
    }
    const contributions = readContributions(reply.body['contributions']);
    // Shown only with their texts.
    await this.loadCatalogues(contributions);
    if (mine !== this.generation) return;
    this.contributions = contributions;
    this.isLoaded = true;
    this.changed();
  }

  private async loadCatalogues(contributions: Contribution[]): Promise<void> {
    const { language } = i18n;
    const known = language === this.language ? this.catalogues : new Map<string, Catalogue>();
    const missing = [...new Set(contributions.map((entry) => entry.plugin))].filter((id) => !known.has(id));
    const found = await Promise.all(missing.map(async (id) => [id, await fetchCatalogue(id)] as const));
    // The language was changed again meanwhile: whoever did that loads.
    if (language !== i18n.language) return;
    this.catalogues = new Map([...known, ...found]);
    this.language = language;
    this.changed();
  }
}

export function textOf(catalogue: Catalogue | undefined, plugin: string, key: string, values: Record<string, string | number> = {}): string {
  return fill(catalogue?.[key] ?? catalogue?.[`${plugin}.${key}`] ?? key, values);
}

/// Those of `entries` that are well formed.
export function readContributions(entries: unknown): Contribution[] {
  return (Array.isArray(entries) ? entries : []).map(readContribution).filter((entry) => entry !== undefined);
}

function readContribution(value: unknown): Contribution | undefined {
  const entry = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const plugin = text(entry['plugin']);
  const module = text(entry['module']);
  // Only code that this server serves for that very plugin is ever imported.
  if (!/^[\w-]+$/.test(plugin) || !/^\/plugins\/[\w-]+\/ui\/[\w./-]+\.m?js(\?v=[\w.+~-]*)?$/.test(module) || !module.startsWith(`/plugins/${plugin}/`) || module.includes('..')) return undefined;
  return {
    plugin,
    id: text(entry['id']) || plugin,
    slot: text(entry['slot']) as Slot,
    title: text(entry['title']),
    module,
    icon: isOwnPicture(plugin, text(entry['icon'])) ? text(entry['icon']) : '',
    scope: text(entry['scope']),
    rights: bits(entry['rights']),
    forbidden: bits(entry['forbidden']),
    protocols: (Array.isArray(entry['protocols']) ? entry['protocols'] : []).filter((number): number is number => typeof number === 'number'),
  };
}

const isOwnPicture = (plugin: string, path: string): boolean =>
  path.startsWith(`/plugins/${plugin}/ui/`) && /^[\w./-]+\.svg(\?v=[\w.+~-]*)?$/.test(path) && !path.includes('..');

export async function fetchCatalogue(plugin: string): Promise<Catalogue> {
  const read = async (language: string): Promise<Catalogue> => {
    const reply = await http('GET', `/plugins/${plugin}/i18n/${language}.json`).catch(() => undefined);
    return reply?.status === 200 ? (reply.body as Catalogue) : {};
  };
  const english = await read('en');
  return i18n.language === 'en' ? english : { ...english, ...(await read(i18n.language)) };
}
