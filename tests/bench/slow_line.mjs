// A line between a client and a server that is as slow as asked for: a rate and a delay each way, and a
// queue of bounded length, as a router has. What does not fit into the queue is not read, so that the
// sender's own buffers fill: a little kinder than a router, which would drop it.
import net from "node:net";

const kQueue = 32 * 1024; // bytes on their way, each direction

export class SlowLine {
  /** `queue`: bytes that may be on their way in each direction; a line with a delay only needs rate x delay. */
  constructor(port, queue = kQueue) {
    this.target = port;
    this.queue = queue;
    this.highWaterMark = queue > kQueue ? 65536 : 4096;
    this.rate = Infinity; // bytes a second
    this.delay = 0; // ms, each way
    this.fromServer = 0; // bytes so far
    this.server = net.createServer({ highWaterMark: this.highWaterMark }, (near) => this.join(near));
  }
  async start() {
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.port = this.server.address().port;
    return this;
  }
  /** From now on, also for what is connected. */
  set({ bitsPerSecond = Infinity, roundTripMs = 0 }) {
    this.rate = bitsPerSecond / 8;
    this.delay = roundTripMs / 2;
  }
  join(near) {
    const far = net.connect({ port: this.target, host: "127.0.0.1", highWaterMark: this.highWaterMark });
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on("error", () => {});
    }
    this.carry(near, far);
    this.carry(far, near);
    far.on("data", (piece) => (this.fromServer += piece.length));
  }
  carry(from, to) {
    let free = 0; // when the line has sent what was given to it
    let waiting = 0;
    from.on("data", (piece) => {
      const now = performance.now();
      free = Math.max(free, now) + (piece.length / this.rate) * 1000;
      waiting += piece.length;
      if (waiting > this.queue) from.pause();
      setTimeout(() => {
        waiting -= piece.length;
        if (!to.destroyed) to.write(piece);
        if (waiting <= this.queue / 2) from.resume();
      }, free - now + this.delay);
    });
    from.on("close", () => setTimeout(() => to.destroy(), Math.max(0, free - performance.now()) + this.delay));
  }
  stop() {
    this.server.close();
  }
}
