// Recordings of an hour, one of each kind, as sessions of people at work leave them.
const kHour = 3600; // seconds
const kStart = 1_790_000_000_000;
const kTile = 64;
const [kColumns, kRows] = [30, 16]; // of tiles: 1920x1024
const [kWidth, kHeight] = [kColumns * kTile, kRows * kTile];

function block(type, flags, time, data) {
  const head = Buffer.alloc(16);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(flags, 2);
  head.writeUInt32BE(data.length, 4);
  head.writeUIntBE(Math.floor(time), 10, 6);
  return Buffer.concat([head, data]);
}
const first = (protocol, device) => block(1, 0, kStart, Buffer.from(JSON.stringify({
  magic: "MeshCentralRelaySession", ver: 1, userid: "user//admin", username: "admin", sessionid: "x", ipaddr1: "", ipaddr2: "",
  time: "", protocol, nodeid: `node//${device}`, devicename: device })));
const sent = (seconds, data) => block(2, 1, kStart + seconds * 1000, data);

/** A command of the KVM protocol; a long one in its jumbo form. */
function kvm(type, ...parts) {
  const payload = Buffer.concat(parts);
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  if (payload.length <= 65_000) {
    head.writeUInt16BE(payload.length + 4, 2);
    return Buffer.concat([head, payload]);
  }
  const jumbo = Buffer.from([0, 27, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
  jumbo.writeUInt32BE(payload.length + 4, 4);
  jumbo.writeUInt16BE(type, 8);
  return Buffer.concat([jumbo, payload]);
}
function numbers(...values) {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => bytes.writeUInt16BE(value, i * 2));
  return bytes;
}
const screen = () => kvm(7, numbers(kWidth, kHeight));
const tile = (column, row, picture) => kvm(3, numbers(column * kTile, row * kTile), picture);
const wholeScreen = (pictures) => Array.from({ length: kColumns * kRows }, (_, i) => tile(i % kColumns, Math.floor(i / kColumns), pictures[i % pictures.length]));

/** The same numbers each time. */
function dice(seed) {
  let value = seed;
  return (sides) => {
    value = (value * 1103515245 + 12345) % 2147483648;
    return Math.floor((value / 2147483648) * sides);
  };
}

/** A build that prints some lines every second, with colours: about 6 MB. */
export function terminal(device) {
  const blocks = [first(1, device), block(2, 2, kStart, Buffer.from('{"type":"options","cols":120,"rows":40}'))];
  for (let second = 0, line = 0; second < kHour; ++second) {
    let text = "";
    for (let i = 0; i < 20; ++i) text += `\x1b[3${line % 8}m[${second}] line ${++line}\x1b[0m ${"compiling something ".repeat(3)}\r\n`;
    blocks.push(sent(second, Buffer.from(text)));
  }
  return Buffer.concat(blocks);
}

/** A desktop on which some tiles change every quarter of a second: about 100 MB. `pictures`: JPEG files of kTile px. */
export function desktop(device, { pictures }) {
  const roll = dice(7);
  const blocks = [first(2, device), sent(0, screen()), ...wholeScreen(pictures).map((each) => sent(0, each))];
  for (let tick = 1; tick < kHour * 4; ++tick) {
    for (let i = 0; i < 4; ++i) blocks.push(sent(tick / 4, tile(roll(kColumns), roll(kRows), pictures[roll(pictures.length)])));
  }
  return Buffer.concat(blocks);
}

/** The same as `desktop` with ten seconds of video in each minute, coded, and sharpened after it. */
export function codec(device, { pictures, video }) {
  const roll = dice(11);
  const { x, y, width, height } = video.area;
  const blocks = [first(2, device), sent(0, screen()), sent(0, kvm(200, Buffer.from([1, 0]), numbers(kWidth, kHeight)))];
  let number = 0;
  const frame = (seconds, { isKey, data }) => {
    const id = numbers(++number >> 16, number & 0xffff);
    if (!isKey) blocks.push(sent(seconds, kvm(207, id, numbers(x, y, width, height))));
    blocks.push(sent(seconds, kvm(201, id, Buffer.from([isKey ? 1 : 0, 0, 0, 0]), data)));
  };
  for (let minute = 0; minute < kHour / 60; ++minute) {
    for (let i = 0; i < 300; ++i) frame(minute * 60 + i / 30, video.frames[i % video.frames.length]);
    wholeScreen(pictures).forEach((each) => blocks.push(sent(minute * 60 + 10.5, each)));
    for (let tick = 44; tick < 240; ++tick) {
      for (let i = 0; i < 4; ++i) blocks.push(sent(minute * 60 + tick / 4, tile(roll(kColumns), roll(kRows), pictures[roll(pictures.length)])));
    }
  }
  return Buffer.concat(blocks);
}

/** Folders that are looked at, and a file of 60 MB that is downloaded every twenty minutes. */
export function files(device) {
  const blocks = [first(5, device)];
  const folder = Buffer.from(JSON.stringify({ path: "/srv", dir: Array.from({ length: 100 }, (_, i) => ({ n: `file number ${i}.txt`, s: i * 1000, t: 3 })) }));
  const piece = Buffer.concat([Buffer.from([1, 0, 0, 0]), Buffer.alloc(16_384, 65)]);
  for (let second = 0; second < kHour; ++second) {
    const say = (message) => blocks.push(block(2, 3, kStart + second * 1000, Buffer.from(JSON.stringify(message))));
    say({ action: "ls", path: `/srv/folder ${second}`, reqid: second });
    blocks.push(sent(second + 0.01, folder));
    say({ action: "rename", path: "/srv", oldname: `a${second}`, newname: `b${second}` });
    if (second % 1200 === 300) say({ action: "download", sub: "start", id: 1, path: `/srv/large ${second}` });
    if (second % 1200 >= 300 && second % 1200 < 900) for (let i = 0; i < 6; ++i) blocks.push(sent(second + i / 8, piece));
  }
  return Buffer.concat(blocks);
}

/** JPEG tiles, and some seconds of H.264 with a key frame as often as the recorder asks for one, made by a page of a secure origin. */
export async function material(page, framesPerKey) {
  const made = await page.evaluate(async ({ size, width, height, framesPerKey: every }) => {
    const text = (bytes) => {
      let out = "";
      for (let at = 0; at < bytes.length; at += 8192) out += String.fromCharCode(...bytes.subarray(at, at + 8192));
      return btoa(out);
    };
    const pictures = [];
    for (let i = 0; i < 24; ++i) {
      const canvas = new OffscreenCanvas(size, size);
      const pen = canvas.getContext("2d");
      pen.fillStyle = `hsl(${i * 15} 60% 60%)`;
      pen.fillRect(0, 0, size, size);
      pen.fillStyle = "black";
      for (let y = 10; y < size; y += 12) pen.fillText(`tile ${i} ${y}`, 2, y);
      pictures.push(text(new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg", quality: 0.6 })).arrayBuffer())));
    }
    const frames = [];
    const encoder = new VideoEncoder({
      output: (chunk) => {
        const bytes = new Uint8Array(chunk.byteLength);
        chunk.copyTo(bytes);
        frames.push({ isKey: chunk.type === "key", data: text(bytes) });
      },
      error: (error) => { throw error; },
    });
    encoder.configure({ codec: "avc1.420028", width, height, bitrate: 4_000_000, framerate: 30, latencyMode: "realtime", avc: { format: "annexb" } });
    const canvas = new OffscreenCanvas(width, height);
    const pen = canvas.getContext("2d");
    const area = { x: 400, y: 200, width: 960, height: 540 };
    for (let i = 0; i < every * 2; ++i) {
      pen.fillStyle = "#eef";
      pen.fillRect(0, 0, width, height);
      pen.fillStyle = "#222";
      pen.font = "14px sans-serif";
      for (let y = 0; y < height; y += 18) pen.fillText(`line ${y} some text on the screen that does not move `.repeat(4), 10, y);
      for (let k = 0; k < 200; ++k) {
        pen.fillStyle = `hsl(${(k * 37 + i * 3) % 360} 70% 50%)`;
        pen.fillRect(area.x + ((k * 97 + i * 7) % (area.width - 60)), area.y + ((k * 53 + i * 5) % (area.height - 40)), 60, 40);
      }
      const frame = new VideoFrame(canvas, { timestamp: i * 33_333 });
      encoder.encode(frame, { keyFrame: i % every === 0 });
      frame.close();
      while (encoder.encodeQueueSize > 4) await new Promise((next) => setTimeout(next, 2));
    }
    await encoder.flush();
    return { pictures, frames, area };
  }, { size: kTile, width: kWidth, height: kHeight, framesPerKey });
  return {
    pictures: made.pictures.map((each) => Buffer.from(each, "base64")),
    video: { area: made.area, frames: made.frames.map(({ isKey, data }) => ({ isKey, data: Buffer.from(data, "base64") })) },
  };
}
