/// A name that other systems accept: what they forbid is replaced by "_", and their devices get one in front.
export function local(name: string): string {
  // eslint-disable-next-line no-control-regex
  const clean = name.replace(/[\u0000-\u001f\u007f\\/:*?"<>|\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '_').replace(/[ .]+$/, (end) => '_'.repeat(end.length));
  return /^(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])(\.|$)/i.test(clean) ? `_${clean}` : clean || '_';
}

/// Paths on this computer for those of a tree. Two that would be the same there get numbers; what is in a
/// folder stays in it.
export class LocalNames {
  private readonly given = new Map<string, string>();
  private readonly taken = new Set<string>();

  /// `clean`: what a name becomes. `same`: equal for two paths that the other system takes for one. `decided`: names
  /// that are given already.
  constructor(
    private readonly clean: (name: string) => string,
    private readonly same: (path: string) => string,
    decided: ReadonlyMap<string, string> = new Map(),
  ) {
    for (const [path, chosen] of decided) {
      this.given.set(path, chosen);
      this.taken.add(same(chosen));
    }
  }

  of(path: string): string {
    const known = this.given.get(path);
    if (known !== undefined) return known;
    const end = path.lastIndexOf('/');
    const folder = end < 0 ? '' : `${this.of(path.slice(0, end))}/`;
    const name = this.clean(path.slice(end + 1));
    let chosen = folder + name;
    for (let number = 2; this.taken.has(this.same(chosen)); number++) chosen = folder + numbered(name, number);
    this.taken.add(this.same(chosen));
    this.given.set(path, chosen);
    return chosen;
  }
}

/// "report.txt" becomes "report (2).txt".
export function numbered(name: string, number: number): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)} (${number})${name.slice(dot)}` : `${name} (${number})`;
}
