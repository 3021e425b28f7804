// A screen with a window manager, and an agent that shows it.
import fs from "node:fs";
import { MeshAgent } from "../../../tests/harness/meshcentral.mjs";
import { Process, run, until } from "../../../tests/harness/process.mjs";
import { Agent, environmentAt, temporaryFolder } from "../../../tests/harness/trellis.mjs";

/** What xdotool --shell prints, as numbers. */
const valuesOf = (text) => Object.fromEntries([...text.matchAll(/^(\w+)=(-?\d+)$/gm)].map(([, name, value]) => [name, Number(value)]));

/** Xvfb with openbox on a number that was free. */
export class Screen {
  static async start({ size = "1280x800" } = {}) {
    const screen = new Screen();
    screen.home = temporaryFolder("home");
    // The server names the display that it found free.
    screen.server = new Process("Xvfb", ["-displayfd", "1", "-screen", "0", `${size}x24`, "-nolisten", "tcp", "-noreset"]);
    const [, number] = await screen.server.line(/^(\d+)$/m);
    screen.display = `:${number}`;
    screen.env = { ...environmentAt(screen.home), DISPLAY: screen.display };
    screen.manager = new Process("openbox", [], { env: screen.env });
    screen.windows = [];
    await until(async () => /^\d+$/m.test(await screen.output("xdotool", "get_desktop")), "a window manager runs");
    return screen;
  }
  async output(command, ...args) {
    const result = await run(command, args, { env: this.env });
    return result.output;
  }
  open(command, ...args) {
    const window = new Process(command, args, { env: this.env });
    this.windows.push(window);
    return window;
  }
  /** The background, in one colour such as "#204060". */
  paint(colour) {
    return this.output("xsetroot", "-solid", colour);
  }
  /** Where a window is and how large, as {X, Y, WIDTH, HEIGHT}. */
  async place(window) {
    // Below a window manager its own answer is off by the frame; the pointer's place is not.
    const { WIDTH, HEIGHT } = await this.geometry(window);
    const { X, Y } = valuesOf(await this.output("xdotool", "mousemove", "--window", window, "0", "0", "getmouselocation", "--shell"));
    return { X, Y, WIDTH, HEIGHT };
  }
  /** The window's own answer: good for what it moved by, and leaves the pointer alone. */
  async geometry(window) {
    return valuesOf(await this.output("xdotool", "getwindowgeometry", "--shell", window));
  }
  /** An xterm in the corner that runs a line of shell. */
  async terminal(title, line, geometry = "60x16+40+60") {
    this.open("xterm", "-T", title, "-geometry", geometry, "-bg", "white", "-fg", "black", "-e", "sh", "-c", line);
    const window = await this.window(title);
    await this.output("xdotool", "windowactivate", "--sync", window);
    const [, columns, rows] = /^(\d+)x(\d+)/.exec(geometry);
    let last;
    await until(async () => {
      const before = last;
      const place = await this.place(window);
      last = JSON.stringify(place);
      // On a busy machine xterm sometimes begins with the size of one character.
      if (place.WIDTH < columns) await this.output("xdotool", "windowsize", "--usehints", window, columns, rows);
      return last === before && place.WIDTH >= columns;
    }, "the window has its place and size");
    return window;
  }
  /** The window of a title, once it is shown. */
  window(title) {
    return until(async () => /^\d+$/m.exec(await this.output("xdotool", "search", "--onlyvisible", "--name", title))?.[0], `a window ${title}`);
  }
  /** The program of the window that was opened last has ended: no key of a test reaches the next one's window. */
  lastIsClosed() {
    const window = this.windows.at(-1);
    return until(() => window.hasExited, "the window is closed");
  }
  async stop() {
    for (const window of this.windows) await window.stop("SIGTERM", 2000);
    await this.manager.stop("SIGTERM", 2000);
    await this.server.stop("SIGTERM", 3000);
    fs.rmSync(this.home, { recursive: true, force: true });
  }
}

/** Both agents show the display that their environment names. */
export function startAgent(Kind, server, screen, group) {
  const env = { DISPLAY: screen.display };
  return Kind === MeshAgent ? MeshAgent.start(server, { group, env }) : Agent.start(server, group, { env });
}

/** Signed in, at the first device's desktop, with its picture. */
export async function openDesktop(page) {
  await page.getByTestId("device-row").first().click();
  await page.getByTestId("tab-desktop").click();
  await untilPicture(page);
}

export const untilPicture = (page) =>
  until(async () => (await page.getByTestId("desktop-overlay").isHidden()) && (await page.getByTestId("desktop-state").innerText()) === "Connected",
        "the picture is shown");

export const sizeOf = (page) => page.getByTestId("desktop-picture").evaluate((canvas) => `${canvas.width}x${canvas.height}`);

/** One pixel of the picture as [red, green, blue]. */
export const pixel = (page, x, y) => page.getByTestId("desktop-picture").evaluate(
  (canvas, [left, top]) => [...canvas.getContext("2d").getImageData(left, top, 1, 1).data].slice(0, 3), [x, y]);

/** Colours may differ by what a lossy picture loses. */
export const untilColour = (page, [x, y], colour, what, most = 6) => {
  const wanted = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return until(async () => (await pixel(page, x, y)).every((value, at) => Math.abs(value - wanted[at]) <= most), what);
};

/** Drags a window of the screen by its title, `at` from its left edge, and waits until it is there. */
export async function dragWindow(page, screen, window, at, right, down) {
  const before = await screen.place(window);
  const start = await screen.geometry(window);
  const from = await onPage(page, before.X + at, before.Y - 8);
  const to = await onPage(page, before.X + at + right, before.Y - 8 + down);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 8 });
  await page.mouse.up();
  await until(async () => {
    // place() moves the pointer, and the button may still be down on the device.
    const { X, Y } = await screen.geometry(window);
    return Math.abs(X - start.X - right) < 6 && Math.abs(Y - start.Y - down) < 6;
  }, "the window is where it was dragged to");
}

/** A place of the device's screen as one of the page. */
export async function onPage(page, x, y) {
  return page.getByTestId("desktop-picture").evaluate((canvas, [left, top]) => {
    const box = canvas.getBoundingClientRect();
    return { x: box.left + ((left + 0.5) * box.width) / canvas.width, y: box.top + ((top + 0.5) * box.height) / canvas.height };
  }, [x, y]);
}

export async function click(page, x, y, options) {
  const at = await onPage(page, x, y);
  await page.mouse.click(at.x, at.y, options);
}
