/// What the page's address says: the list with its filters, and the recording that is played.

export interface ListPlace {
  filter: string;
  kind: string;
  search: string;
}

export interface Where {
  list: ListPlace;
  play: string; // id of the recording; '' for the list
  at: number | undefined; // ms
  file: string; // name of a file of this computer, which the page has as long as it is not loaded anew
}

export type Values = Record<string, string>;

export function parseWhere(values: Readonly<Values>): Where {
  const { filter = '', kind = '', search = '', play = '', at = '', file = '' } = values;
  return { list: { filter, kind, search }, play, at: /^\d{1,15}$/.test(at) ? Number(at) : undefined, file };
}

export const formatWhere = ({ list, play, at, file }: Where): Values => ({ ...list, play, at: at === undefined ? '' : String(Math.floor(at)), file });
