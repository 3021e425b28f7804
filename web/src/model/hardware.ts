import type { TextKey } from '../core/i18n';

/// What a device says about its hardware (`getsysinfo`, control-protocol.md section 5.5). Everything comes from the
/// device: only texts and numbers are taken, and not too many.

export interface HardwarePart {
  title: TextKey;
  facts: [string, string][];
}

type Document = Record<string, unknown>;
const object = (value: unknown): Document => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Document) : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, 64) : []);
const kLongest = 300;
const kMostFacts = 80;

function text(value: unknown): string {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' ? value.trim().slice(0, kLongest) : '';
}

/// "bios_vendor" as "Bios vendor".
function words(key: string): string {
  const spaced = key.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/_/g, ' ').toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

function factsOf(document: Document, prefix = ''): [string, string][] {
  const facts: [string, string][] = [];
  for (const [key, value] of Object.entries(document)) {
    if (prefix && !key.startsWith(prefix)) continue;
    const shown = Array.isArray(value) ? list(value).map(text).filter(Boolean).join(', ') : text(value);
    if (shown) facts.push([words(prefix ? key.slice(prefix.length) : key), shown]);
  }
  return facts.slice(0, kMostFacts);
}

/// Entries of a table: the name of each, and its other members in one line.
function entriesOf(value: unknown, names: string[]): [string, string][] {
  return list(value).map((entry, at) => {
    const document = object(entry);
    const name = names.map((key) => text(document[key])).find(Boolean) ?? `#${at + 1}`;
    const rest = Object.entries(document).filter(([key, one]) => text(one) && !names.includes(key));
    return [name, rest.map(([key, one]) => `${words(key)}: ${text(one)}`).join(' · ')];
  });
}

export function readHardware(reply: Document | undefined): HardwarePart[] {
  const hardware = object(reply?.['hardware']);
  const identifiers = object(hardware['identifiers']);
  const own = [hardware['windows'], hardware['linux'], hardware['darwin'], hardware['freebsd'], hardware['mobile']].map(object).find((one) => Object.keys(one).length) ?? {};
  const cpu = text(identifiers['cpu_name']);
  const gpu = list(identifiers['gpu_name']).map(text).filter(Boolean).join(', ');
  const parts: HardwarePart[] = [
    { title: 'hardware.system', facts: factsOf(identifiers, 'product_') },
    { title: 'hardware.board', facts: factsOf(identifiers, 'board_') },
    { title: 'hardware.bios', facts: factsOf(identifiers, 'bios_') },
    { title: 'hardware.processor', facts: [...(cpu ? ([['CPU', cpu]] as [string, string][]) : []), ...(gpu ? ([['GPU', gpu]] as [string, string][]) : []), ...entriesOf(own['cpu'], ['Name', 'name'])] },
    { title: 'hardware.memory', facts: entriesOf(Array.isArray(own['memory']) ? own['memory'] : object(own['memory'])['Memory_Device'], ['DeviceLocator', 'Locator', 'BankLabel']) },
    { title: 'hardware.storage', facts: [...entriesOf(identifiers['storage_devices'], ['Caption', 'Model', 'model']), ...entriesOf(own['drives'], ['Caption', 'Model'])] },
    { title: 'hardware.os', facts: factsOf(object(own['osinfo'])) },
    { title: 'hardware.tpm', facts: factsOf(object(hardware['tpm'])) },
    { title: 'hardware.agent', facts: factsOf(object(hardware['agentvers'])) },
  ];
  return parts.filter(({ facts }) => facts.length > 0);
}
