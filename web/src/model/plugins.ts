import type { ControlChannel } from '../api/control';
import { http } from '../api/http';
import { i18n, fill, type Catalogue } from '../core/i18n';
import { Observable } from '../core/observe';

export type Slot = 'device_tab' | 'device_action' | 'site_page' | 'settings_page' | 'login_step';

export interface Contribution {
  plugin: string;
  id: string;
  slot: Slot;
  title: string;
  module: string;
  /// Bits the caller needs on the device, and bits that take it away.
  rights: number;
  forbidden: number;
}

const kRetryMs = 3_000;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const bits = (value: unknown): number => (typeof value === 'number' ? value >>> 0 : 0);

/// What the running plugins add to the page, and their texts.
export class Plugins extends Observable {
  contributions: Contribution[] = [];
  isLoaded = false;
  private readonly catalogues = new Map<string, Catalogue>();
  private generation = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;

  constructor(channel: ControlChannel) {
    super();
    channel.messages.on('serverinfo', () => void this.load());
    channel.events.on('plugin.stateChanged', () => void this.load());
    i18n.subscribe(() => {
      this.catalogues.clear();
      void this.loadCatalogues();
    });
  }

  of(slot: Slot): Contribution[] {
    return this.contributions.filter((entry) => entry.slot === slot);
  }

  /// A text of the plugin's catalogue, by its key with or without the plugin's id in front; else the key.
  t(plugin: string, key: string, values: Record<string, string | number> = {}): string {
    const catalogue = this.catalogues.get(plugin);
    return fill(catalogue?.[key] ?? catalogue?.[`${plugin}.${key}`] ?? key, values);
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
    const entries = reply.body['contributions'];
    this.contributions = (Array.isArray(entries) ? entries : []).map(readContribution).filter((entry) => entry !== undefined);
    await this.loadCatalogues();
    this.isLoaded = true;
    this.changed();
  }

  private async loadCatalogues(): Promise<void> {
    const wanted = new Set(this.contributions.map((entry) => entry.plugin));
    const missing = [...wanted].filter((id) => !this.catalogues.has(id));
    await Promise.all(missing.map(async (id) => this.catalogues.set(id, await fetchCatalogue(id))));
    this.changed();
  }
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
    rights: bits(entry['rights']),
    forbidden: bits(entry['forbidden']),
  };
}

async function fetchCatalogue(plugin: string): Promise<Catalogue> {
  const read = async (language: string): Promise<Catalogue> => {
    const reply = await http('GET', `/plugins/${plugin}/i18n/${language}.json`).catch(() => undefined);
    return reply?.status === 200 ? (reply.body as Catalogue) : {};
  };
  const english = await read('en');
  return i18n.language === 'en' ? english : { ...english, ...(await read(i18n.language)) };
}
