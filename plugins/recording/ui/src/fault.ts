/// Something went wrong that the page has words for: a key of its texts.
export class Fault extends Error {
  constructor(
    readonly key: string,
    readonly values: Record<string, string | number> = {},
  ) {
    super(key);
  }
}
