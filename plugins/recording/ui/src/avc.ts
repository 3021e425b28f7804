/// H.264 from start codes (ITU-T H.264 annex B) to lengths (ISO/IEC 14496-15), as MP4 wants it.

/// The NAL units of an access unit, without start codes.
export function nalUnits(data: Uint8Array): Uint8Array[] {
  const starts: { begin: number; code: number }[] = [];
  for (let at = 0; at + 3 <= data.length; ++at) {
    if (data[at] !== 0 || data[at + 1] !== 0 || data[at + 2] !== 1) continue;
    starts.push({ begin: at + 3, code: at > 0 && data[at - 1] === 0 ? at - 1 : at });
    at += 2;
  }
  return starts.map(({ begin }, i) => data.subarray(begin, starts[i + 1]?.code ?? data.length)).filter((unit) => unit.length > 0);
}

const typeOf = (unit: Uint8Array): number => unit[0]! & 31;
const isParameterSet = (unit: Uint8Array): boolean => typeOf(unit) === 7 || typeOf(unit) === 8;

/// Slices with their lengths; parameter sets are in the file's head, delimiters have no use.
export function toLengthPrefixed(data: Uint8Array): Uint8Array {
  const units = nalUnits(data).filter((unit) => !isParameterSet(unit) && typeOf(unit) !== 9);
  const out = new Uint8Array(units.reduce((sum, unit) => sum + 4 + unit.length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const unit of units) {
    view.setUint32(at, unit.length);
    out.set(unit, at + 4);
    at += 4 + unit.length;
  }
  return out;
}

/// The decoder configuration record, from the key frame that carries the parameter sets.
export function avcConfiguration(keyFrame: Uint8Array): Uint8Array {
  const units = nalUnits(keyFrame);
  const sequence = units.find((unit) => typeOf(unit) === 7);
  const picture = units.find((unit) => typeOf(unit) === 8);
  if (!sequence || !picture || sequence.length < 4) throw new Error('the first frame has no parameter sets');
  const size = (unit: Uint8Array): [number, number] => [unit.length >> 8, unit.length & 255];
  return Uint8Array.from([1, sequence[1]!, sequence[2]!, sequence[3]!, 0xff, 0xe1, ...size(sequence), ...sequence, 1, ...size(picture), ...picture]);
}
