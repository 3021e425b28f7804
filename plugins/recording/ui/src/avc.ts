/// H.264 from start codes (ITU-T H.264 annex B) to lengths (ISO/IEC 14496-15), as MP4 wants it.

/// ISO/IEC 14496-15, 5.3.3.1.2: the head counts them in 5 and in 8 bits.
const kMostSequenceSets = 31;
const kMostPictureSets = 255;

const type = { sequenceSet: 7, pictureSet: 8, delimiter: 9 } as const;

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
const isParameterSet = (unit: Uint8Array): boolean => typeOf(unit) === type.sequenceSet || typeOf(unit) === type.pictureSet;

/// An unsigned number of the variable length code (ITU-T H.264, 9.1), from the first bit of `bytes` on.
function firstNumber(bytes: Uint8Array): number {
  const bit = (at: number): number => ((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1;
  let zeros = 0;
  while (zeros < 16 && bit(zeros) === 0) ++zeros;
  let value = 0;
  for (let at = zeros; at <= 2 * zeros; ++at) value = value * 2 + bit(at);
  return value - 1;
}

/// Which set a later one of the same number takes the place of (7.3.2.1.1, 7.3.2.2).
const nameOf = (unit: Uint8Array): string => `${typeOf(unit)} ${firstNumber(unit.subarray(typeOf(unit) === type.sequenceSet ? 4 : 1))}`;

const isSame = (one: Uint8Array, other: Uint8Array): boolean => one.length === other.length && one.every((byte, at) => byte === other[at]);

/// The parameter sets of all key frames. An encoder may give them new numbers with each.
export class ParameterSets {
  /// Whether the file's head can hold all: there are not too many, and none takes another's place on the way.
  fitHead = true;
  private readonly sets = new Map<string, Uint8Array>();

  take(keyFrame: Uint8Array): void {
    for (const unit of nalUnits(keyFrame).filter((each) => isParameterSet(each) && each.length >= 2)) this.add(unit);
  }

  of(wanted: number): Uint8Array[] {
    return [...this.sets.values()].filter((unit) => typeOf(unit) === wanted);
  }

  /// The decoder configuration record; of more sets than fit the first.
  configuration(): Uint8Array {
    const sequence = this.of(type.sequenceSet).filter((unit) => unit.length >= 4).slice(0, kMostSequenceSets);
    const picture = this.of(type.pictureSet).slice(0, kMostPictureSets);
    const [first] = sequence;
    if (!first || picture.length === 0) throw new Error('no frame has parameter sets');
    const level = Math.max(...sequence.map((unit) => unit[3]!));
    const listed = (units: Uint8Array[]): number[] => units.flatMap((unit) => [unit.length >> 8, unit.length & 255, ...unit]);
    // The high profile says what its pictures are: 4:2:0, 8 bits.
    const high = first[1] === 100 ? [0xfd, 0xf8, 0xf8, 0] : [];
    return Uint8Array.from([1, first[1]!, first[2]!, level, 0xff, 0xe0 | sequence.length, ...listed(sequence), picture.length, ...listed(picture), ...high]);
  }

  private add(unit: Uint8Array): void {
    const name = nameOf(unit);
    const known = this.sets.get(name);
    if (known && !isSame(known, unit)) this.fitHead = false;
    if (known) return;
    this.sets.set(name, unit.slice());
    if (this.of(type.sequenceSet).length > kMostSequenceSets || this.of(type.pictureSet).length > kMostPictureSets) this.fitHead = false;
  }
}

/// The units with their lengths, without delimiters, which have no use; `sets`: parameter sets stay or go.
export function toLengthPrefixed(data: Uint8Array, sets: 'with sets' | 'without sets'): Uint8Array {
  const units = nalUnits(data).filter((unit) => typeOf(unit) !== type.delimiter && (sets === 'with sets' || !isParameterSet(unit)));
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
