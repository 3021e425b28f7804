// A device's end of a terminal session, good enough to try the tab with: a prompt, a few commands.

const prompt = '\x1b[1;32mroot@web-01\x1b[0m:\x1b[1;34m~\x1b[0m# ';
const kControl = '102938';

const commands = {
  colours: () => [
    ...[0, 1].map((bright) => Array.from({ length: 8 }, (_, i) => `\x1b[${bright ? 90 + i : 30 + i}m colour ${i} `).join('') + '\x1b[0m'),
    Array.from({ length: 72 }, (_, i) => `\x1b[48;5;${16 + i * 3}m \x1b[0m`).join(''),
    Array.from({ length: 72 }, (_, i) => `\x1b[48;2;${255 - i * 3};${80 + i};${i * 3}m \x1b[0m`).join(''),
    '\x1b[1mbold\x1b[0m \x1b[3mitalic\x1b[0m \x1b[4munderline\x1b[0m \x1b[9mstruck\x1b[0m \x1b[7mreverse\x1b[0m \x1b[38;2;255;120;0mtrue colour\x1b[0m',
  ],
  utf8: () => ['Grüße · Ελληνικά · Русский · 日本語 · 한국어 · ✓ → ┌──┐ 😀'],
  help: () => ['colours  utf8  echo TEXT  stty size  yes  vim  exit'],
};

export class FakeShell {
  constructor(socket, log) {
    this.socket = socket;
    this.log = log;
    this.line = '';
    this.size = [24, 80];
    this.flood = undefined;
  }

  // What the relay hands over, in order: options, the protocol number, then keys and control messages.
  receive(data, isBinary) {
    if (isBinary) return this.keys(data.toString('utf8'));
    const text = data.toString('utf8');
    this.log.push(text);
    if (!text.startsWith('{')) {
      this.out(`\x1b[2mprotocol ${text}\x1b[0m\r\n${prompt}`);
      return;
    }
    const message = JSON.parse(text);
    if (message.type === 'options' || message.type === 'termsize') this.size = [message.rows, message.cols];
    if (message.type === 'rtt') this.control(message);
  }

  control(message) {
    this.socket.send(JSON.stringify({ ctrlChannel: kControl, ...message }));
  }

  out(text) {
    this.socket.send(Buffer.from(text, 'utf8'));
  }

  keys(text) {
    const plain = text.replaceAll('\x1b[200~', '').replaceAll('\x1b[201~', '');
    for (const key of plain) this.key(key);
  }

  key(key) {
    if (key === '\x03') return this.interrupt();
    if (this.flood) return;
    if (key === '\r' || key === '\n') {
      this.out('\r\n');
      this.run(this.line.trim());
      this.line = '';
    } else if (key === '\x7f') {
      if (this.line) this.out('\b \b');
      this.line = this.line.slice(0, -1);
    } else if (key >= ' ') {
      this.line += key;
      this.out(key);
    }
  }

  run(line) {
    const [name, ...rest] = line.split(/\s+/);
    if (name === 'exit') return this.socket.close();
    if (name === 'yes') return this.startFlood();
    if (name === 'vim') return this.drawEditor();
    if (name === 'echo') this.print([rest.join(' ').replace(/\$\(\((\d+)\*(\d+)\)\)/g, (_, a, b) => String(a * b))]);
    else if (line === 'stty size') this.print([this.size.join(' ')]);
    else if (commands[name]) this.print(commands[name]());
    else if (name) this.print([`bash: ${name}: command not found`]);
    this.out(prompt);
  }

  print(lines) {
    for (const line of lines) this.out(`${line}\r\n`);
  }

  startFlood() {
    const block = Buffer.from('y\r\n'.repeat(5_000));
    const push = () => {
      if (!this.flood) return;
      // As a relay does: more only when the other side has taken what there is.
      if (this.socket.bufferedAmount < 256 * 1024) this.socket.send(block);
    };
    this.flood = setInterval(() => {
      for (let i = 0; i < 8; i++) push();
    }, 1);
    this.socket.once('close', () => clearInterval(this.flood));
  }

  interrupt() {
    clearInterval(this.flood);
    this.flood = undefined;
    this.line = '';
    this.out(`^C\r\n${prompt}`);
  }

  drawEditor() {
    const [rows, cols] = this.size;
    const lines = ['#include <cstdio>', '', 'int main() {', '    std::puts("hello");', '}'];
    this.out('\x1b[?1049h\x1b[2J\x1b[H');
    lines.forEach((line, i) => this.out(`\x1b[${i + 1};1H\x1b[33m${String(i + 1).padStart(3)}\x1b[0m ${line}`));
    for (let row = lines.length + 1; row < rows - 1; row++) this.out(`\x1b[${row};1H\x1b[34m~\x1b[0m`);
    this.out(`\x1b[${rows - 1};1H\x1b[7m${' hello.cpp [+]'.padEnd(cols)}\x1b[0m\x1b[${rows};1H-- INSERT --\x1b[4;24H`);
  }
}
