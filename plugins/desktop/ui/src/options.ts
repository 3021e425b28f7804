/// What whoever is here may do with the screen.
export interface DesktopOptions {
  input: 'full' | 'limited' | 'none';
  clipboardToDevice: boolean;
  clipboardFromDevice: boolean;
  quality: number;
  virtualDisplay: boolean;
}

/// control-protocol.md section 4.2.
const kAllRights = 0xffff_ffff;
const kViewOnly = 0x100;
const kLimitedInput = 0x1000;

/// What the page knows by itself where the server can't be asked (guests).
export function optionsFrom(rights: number): DesktopOptions {
  const bits = rights >>> 0;
  const input = bits === kAllRights ? 'full' : bits & kViewOnly ? 'none' : bits & kLimitedInput ? 'limited' : 'full';
  return { input, clipboardToDevice: true, clipboardFromDevice: true, quality: 0, virtualDisplay: false };
}
