import { ControlChannel, type Socket } from '../../src/api/control';

/// A control connection whose far end is the test.
export class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  sent: Record<string, unknown>[] = [];
  isClosed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.isClosed = true;
  }

  receive(message: unknown): void {
    this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) });
  }

  last(action: string): Record<string, unknown> {
    const found = this.sent.filter((message) => message['action'] === action).at(-1);
    if (!found) throw new Error(`nothing sent with action ${action}`);
    return found;
  }
}

export function makeChannel() {
  const sockets: FakeSocket[] = [];
  const channel = new ControlChannel({
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    random: () => 0.5,
  });
  const greet = (socket = sockets.at(-1)!): FakeSocket => {
    socket.receive({ action: 'serverinfo', serverinfo: {} });
    return socket;
  };
  return { channel, sockets, greet };
}
