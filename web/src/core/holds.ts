import type { Unsubscribe } from './observe';

type Words = () => string | undefined;

/// What would be lost if the page, or a part of it, were left now. Each says so in words while it is so.
class Holds {
  private readonly all = new Set<{ owner: object; words: Words }>();

  constructor() {
    // The browser asks in words of its own.
    addEventListener('beforeunload', (event) => this.words().length > 0 && event.preventDefault());
  }

  add(owner: object, words: Words): Unsubscribe {
    const hold = { owner, words };
    this.all.add(hold);
    return () => this.all.delete(hold);
  }

  /// Of all, or of one owner.
  words(owner?: object): string[] {
    return [...this.all].filter((hold) => owner === undefined || hold.owner === owner).flatMap(({ words }) => said(words));
  }
}

function said(words: Words): string[] {
  try {
    return [words()].filter((text) => text !== undefined);
  } catch (error) {
    console.error(error);
    return [];
  }
}

export const holds = new Holds();
