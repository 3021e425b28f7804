// Made-up devices and groups, the same on every run.

const systems = [
  ['Debian GNU/Linux 12 (bookworm)', 6, 'web'],
  ['Ubuntu 24.04.1 LTS', 6, 'db'],
  ['Microsoft Windows 11 Pro - 24H2/26100', 4, 'desk'],
  ['Microsoft Windows Server 2022 Datacenter - 21H2', 4, 'srv'],
  ['macOS 15.1 (24B83)', 29, 'mac'],
  ['FreeBSD 14.1-RELEASE', 30, 'gw'],
  ['Raspbian GNU/Linux 12 (bookworm)', 25, 'kiosk'],
];
const people = ['anna', 'b.mueller', 'c.diaz', 'd.okafor', ''];
const names = ['Office Berlin', 'Data centre', 'Kiosks and signage', 'Customer: Müller & Söhne GmbH'];
const kAdmin = 0xffffffff;

const id = (kind, text) => `${kind}//${text.padEnd(64, '0')}`;

export function makeGroups(count) {
  return Array.from({ length: count }, (_, i) => ({
    type: 'mesh',
    _id: id('mesh', `group${i}$@`),
    name: names[i % names.length] + (i >= names.length ? ` ${i}` : ''),
    mtype: 2,
    desc: i === 0 ? 'Everything on the third floor.' : '',
    domain: '',
    links: { 'user//admin': { name: 'admin', rights: kAdmin } },
    creation: 1_760_000_000_000 + i,
  }));
}

export function makeDevices(count, groups, name) {
  const now = Date.now();
  return Array.from({ length: groups.length ? count : 0 }, (_, i) => {
    const [osdesc, agentId, prefix] = systems[i % systems.length];
    const online = name ? true : i % 4 !== 3;
    const user = people[i % people.length];
    return {
      type: 'node',
      _id: id('node', name ? `added-${name}` : `device${i}@`),
      meshid: groups[i % groups.length]._id,
      name: name ?? `${prefix}-${String(Math.floor(i / systems.length) + 1).padStart(2, '0')}`,
      rname: `${prefix}${i}.example`,
      icon: 1,
      ip: `10.4.${Math.floor(i / 250)}.${(i % 250) + 4}`,
      osdesc,
      agent: { ver: '0.1.0', id: agentId, caps: 31 },
      users: user ? [user] : undefined,
      tags: i % 5 === 0 ? ['production', 'backup'] : undefined,
      desc: i % 6 === 0 ? 'Rack 4, second from the top' : undefined,
      firstconnect: now - 30 * 86_400_000,
      lastbootuptime: now - 3 * 86_400_000,
      lastSeen_: now - (i + 1) * 3_777_000,
      ...(online ? { conn: 1, pwr: 1, agct: now - i * 60_000 } : {}),
    };
  });
}

export const hardware = {
  hardware: {
    identifiers: { bios_vendor: 'LENOVO', bios_version: 'N2IET98W', bios_date: '04/12/2023', board_name: '20N2S0B100', board_vendor: 'LENOVO', product_name: 'ThinkPad T490', product_serial: 'PF1ABCDE', product_uuid: '4c4c4544-0042-3510-8051-b4c04f4e4d32', cpu_name: 'Intel(R) Core(TM) i5-8265U CPU @ 1.60GHz', gpu_name: ['Intel UHD Graphics 620'], storage_devices: [{ Caption: 'SAMSUNG MZVLB512', Size: 512_110_190_592 }] },
    linux: { memory: { Memory_Device: [{ Locator: 'ChannelA-DIMM0', Size: '16 GB', Type: 'DDR4', Speed: '2400 MT/s' }] } },
    tpm: { SpecVersion: '2.0', ManufacturerId: 'STM' },
    agentvers: { openssl: '3.0.15', commitDate: '2026-11-01' },
  },
};
