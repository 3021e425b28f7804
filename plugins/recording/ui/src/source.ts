import { Fault } from './fault';

/// Where the bytes of a recording come from: a file on this computer, or the server, in pieces.
export interface Source {
  readonly name: string;
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
  /// What is to be seen `ms` after the beginning, in one piece, if the source can tell: a block of type 4
  /// that says what comes next, then blocks to show.
  state?(ms: number): Promise<Uint8Array>;
  /// What was done in a files session, without the data that was sent, if the source can tell.
  digest?(): Promise<Uint8Array>;
}

export class FileSource implements Source {
  readonly name: string;
  readonly size: number;

  constructor(private readonly file: File) {
    this.name = file.name;
    this.size = file.size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return new Uint8Array(await this.file.slice(offset, offset + length).arrayBuffer());
  }
}

export class ServerSource implements Source {
  constructor(
    readonly name: string,
    readonly size: number,
    private readonly id: string,
  ) {}

  async read(offset: number, length: number): Promise<Uint8Array> {
    const end = Math.min(this.size, offset + length);
    if (end <= offset) return new Uint8Array(0);
    return fetchBytes(`plugins/recording/file/${this.id}`, { Range: `bytes=${offset}-${end - 1}` });
  }

  state(ms: number): Promise<Uint8Array> {
    return fetchBytes(`plugins/recording/state/${this.id}?ms=${Math.floor(ms)}`);
  }

  digest(): Promise<Uint8Array> {
    return fetchBytes(`plugins/recording/digest/${this.id}`);
  }
}

async function fetchBytes(path: string, headers: Record<string, string> = {}): Promise<Uint8Array> {
  const response = await fetch(new URL(path, document.baseURI), { headers, credentials: 'same-origin' }).catch(() => undefined);
  if (!response) throw new Fault('fault.unreachable');
  if (!response.ok) throw new Fault(keyOf(response.status), { status: response.status });
  return new Uint8Array(await response.arrayBuffer());
}

function keyOf(status: number): string {
  if (status === 404) return 'fault.gone';
  return status === 401 || status === 403 ? 'fault.refused' : 'fault.server';
}
