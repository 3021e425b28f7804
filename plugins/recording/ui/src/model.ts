export interface Entry {
  id: string;
  name: string;
  user: string;
  userName: string;
  guest: string;
  nodeid: string;
  deviceName: string;
  groupName: string;
  protocol: number;
  kind: string;
  startMs: number;
  endMs: number;
  size: number;
  sha256: string;
  state: 'live' | 'done' | 'cut' | 'removed';
  note: string;
  hasText: boolean;
}

export interface ListAnswer {
  recordings: Entry[];
  total: number;
  bytes: number;
  live: Entry[];
  recorded: string[];
  mayRemove: boolean;
}

export interface SearchAnswer {
  hits: Hit[];
  /// There are others.
  more?: boolean;
}

export interface Hit {
  id: string;
  deviceName: string;
  userName: string;
  startMs: number;
  atMs: number;
  line: string;
}
