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
