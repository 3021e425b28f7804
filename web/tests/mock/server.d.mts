// Types of what the tests use of the mock.

export interface MockDevice {
  _id: string;
  meshid: string;
  name: string;
  conn?: number;
}

export class MockServer {
  constructor(options: {
    folders?: { web: string; plugins: string; sources: string };
    setup?: boolean;
    devices?: number;
    groups?: number;
    signedIn?: boolean;
    refuseUpgrades?: boolean;
  });
  url: string;
  devices: MockDevice[];
  groups: { _id: string; name: string; links: Record<string, { rights: number; name?: string }> }[];
  people: {
    accounts: Map<string, Record<string, unknown>>;
    groups: Map<string, { name: string; links: Record<string, unknown> }>;
    tokens: { name: string; tokenUser: string }[];
  };
  siteRights: number;
  users: Map<string, string>;
  plugins: { id: string; enabled: boolean; state: string }[];
  received: Record<string, unknown>[];
  tunnelLog: string[];
  shells: { size: [number, number]; socket: { readyState: number; close(): void } }[];
  controls: Set<unknown>;
  secondFactor: string;
  mustChange: string;
  consent: string;
  signedIn: string;
  webState: Record<string, unknown>;
  failing: Set<string>;
  notify: Record<string, number>;
  pages: {
    errors: string;
    relays: { id: string }[];
    sessions: { id: string }[];
    apiTokens: { id: string; name: string }[];
    hasBackup: boolean;
    hasHistory: boolean;
    tree: { f: Record<string, { t: number; s?: number; f?: object }> };
  };
  notes: Map<string, string>;
  refuseControl: boolean;
  refuseUpgrades: boolean;
  answerConsent(granted: boolean): void;
  start(port?: number): Promise<string>;
  stop(): Promise<void>;
  setOnline(id: string, online: boolean): void;
  addDevice(name: string, groupId: string): MockDevice;
  event(event: Record<string, unknown>): void;
  dropControls(): void;
}
