import { DesktopStage } from '../src/desktop_stage';
import type { Block, Recording } from '../src/mcrec';

const u16 = (...numbers: number[]): number[] => numbers.flatMap((number) => [number >> 8, number & 255]);
const kvm = (type: number, ...payload: number[]): Uint8Array => Uint8Array.from([...u16(type, payload.length + 4), ...payload]);
const frame = kvm(201, 0, 0, 0, 1, 1, 0, 0, 0, 9);

/// Where frames of this size are drawn, and on how large a canvas.
async function drawn(width: number, height: number, ...messages: Uint8Array[]): Promise<{ canvas: [number, number]; at: number[][] }> {
  const at: number[][] = [];
  const nothing = (): void => undefined;
  const pen = { save: nothing, restore: nothing, drawImage: (_: unknown, ...where: number[]) => at.push(where) };
  const canvas = { width: 0, height: 0, setAttribute: nothing, remove: nothing, getContext: () => pen };
  vi.stubGlobal('document', { createElement: () => canvas });
  vi.stubGlobal('EncodedVideoChunk', class { constructor(init: object) { Object.assign(this, init); } });
  vi.stubGlobal('VideoDecoder', class {
    state = 'unconfigured';
    constructor(private readonly to: { output(picture: object): void }) {}
    configure(): void { this.state = 'configured'; }
    decode({ timestamp }: { timestamp: number }): void { this.to.output({ timestamp, displayWidth: width, displayHeight: height, close: nothing }); }
    close(): void { this.state = 'closed'; }
  });
  const stage = new DesktopStage({} as Recording, { append: nothing } as unknown as HTMLElement, '');
  for (const data of messages) void stage.show({ binary: true, fromUser: false, data } as unknown as Block);
  await stage.settled();
  stage.dispose();
  return { canvas: [canvas.width, canvas.height], at };
}

describe('coded frames', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('cover the screen where they are smaller than it', async () => {
    const found = await drawn(1280, 720, kvm(7, ...u16(2560, 1440)), kvm(200, 1, 0, ...u16(1280, 720)), frame);
    expect(found).toEqual({ canvas: [2560, 1440], at: [[0, 0, 2560, 1440]] });
  });

  it('are not scaled where a codec has even sides only', async () => {
    const found = await drawn(1920, 1080, kvm(7, ...u16(1919, 1079)), kvm(200, 1, 0, ...u16(1920, 1080)), frame);
    expect(found).toEqual({ canvas: [1919, 1079], at: [[0, 0]] });
  });

  it('are the screen where none was told', async () => {
    expect(await drawn(320, 240, kvm(200, 1, 0, ...u16(320, 240)), frame)).toEqual({ canvas: [320, 240], at: [[0, 0]] });
  });
});
