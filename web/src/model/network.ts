export interface Addresses {
  name: string;
  addresses: string[];
  mac: string;
}

/// `netif2` of control-protocol.md section 5.5: interface name -> list of addresses.
export function readInterfaces(reply: Record<string, unknown> | undefined): Addresses[] {
  const table = reply?.['netif2'];
  if (typeof table !== 'object' || table === null) return [];
  const found: Addresses[] = [];
  for (const [name, list] of Object.entries(table).slice(0, 64)) {
    if (!Array.isArray(list)) continue;
    const entries = list.filter((entry): entry is Record<string, unknown> => typeof entry === 'object' && entry !== null);
    const addresses = entries.map((entry) => String(entry['address'] ?? '')).filter((address) => address && address !== '127.0.0.1' && address !== '::1');
    const mac = entries.map((entry) => String(entry['mac'] ?? '')).find((value) => value && !/^[0:]+$/.test(value)) ?? '';
    if (addresses.length) found.push({ name, addresses, mac });
  }
  return found;
}
