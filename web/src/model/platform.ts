export type Platform = 'windows' | 'linux' | 'macos' | 'bsd' | 'android' | 'other';

// Architecture numbers of agents (agent-protocol.md section 4.4).
const agents: [Platform, number[]][] = [
  ['windows', [1, 2, 3, 4, 21, 22, 34, 42, 43, 10003, 10004, 10006, 11000, 11001, 11002]],
  ['macos', [11, 16, 29, 10005]],
  ['android', [12, 14]],
  ['bsd', [30, 37]],
  ['linux', [5, 6, 7, 9, 10, 13, 15, 18, 19, 20, 24, 25, 26, 27, 28, 32, 33, 35, 36, 40, 41, 45]],
];
const byAgent = new Map(agents.flatMap(([platform, ids]) => ids.map((id): [number, Platform] => [id, platform])));

const kindNames: Record<number, string> = {
  1: 'Windows x86, console',
  2: 'Windows x86-64, console',
  3: 'Windows x86',
  4: 'Windows x86-64',
  5: 'Linux x86',
  6: 'Linux x86-64',
  7: 'Linux MIPS',
  9: 'Linux ARM5',
  11: 'macOS x86',
  12: 'Android x86',
  14: 'Android',
  16: 'macOS x86-64',
  25: 'Linux ARM, hard float',
  26: 'Linux ARM64',
  29: 'macOS ARM64',
  30: 'FreeBSD x86-64',
  32: 'Linux ARM64',
  36: 'OpenWRT x86-64',
  37: 'OpenBSD x86-64',
  42: 'Windows ARM64, console',
  43: 'Windows ARM64',
  45: 'Linux RISC-V 64',
  10005: 'macOS universal',
};

/// "Linux x86-64 (6)"; the number alone if it has no name here.
export function agentKindText(kind: number): string {
  const name = kindNames[kind];
  return name ? `${name} (${kind})` : String(kind);
}

const byText: [RegExp, Platform][] = [
  [/windows|microsoft/i, 'windows'],
  [/android/i, 'android'],
  [/mac ?os|darwin|os x/i, 'macos'],
  [/bsd/i, 'bsd'],
  [/linux|debian|ubuntu|fedora|red ?hat|suse|arch|alpine|mint|centos|rocky|alma|raspbian|nixos/i, 'linux'],
];

/// From what the device says about its system, else from the kind of its agent.
export function platformOf(osText: string, agentId: number): Platform {
  for (const [pattern, platform] of byText) if (pattern.test(osText)) return platform;
  return byAgent.get(agentId) ?? 'other';
}
