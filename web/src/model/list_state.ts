import { longId, shortId } from '../core/router';
import { columnKeys, groupings, kNoQuery, type Grouping, type Query, type SortKey } from './device_list';

/// What of the device list is in its address: filter, order, grouping and columns. A saved view is such an
/// address with a name.

/// Columns besides the name, which is always there.
export const kUsualColumns: SortKey[] = ['group', 'tags', 'os', 'user', 'address', 'seen'];
/// On windows without room for all of them.
export const kFewColumns: SortKey[] = ['group', 'os', 'seen'];

export interface ListState {
  query: Query;
  /// As chosen; undefined: the usual ones.
  columns: SortKey[] | undefined;
}

const isOneOf = <T extends string>(all: readonly T[], value: string): value is T => all.includes(value as T);

export function readListState(search: URLSearchParams): ListState {
  const sort = (search.get('sort') ?? 'name').replace(/^-/, '');
  const state = search.get('state') ?? '';
  const group = search.get('group') ?? '';
  const by = search.get('by') ?? '';
  return {
    query: {
      text: search.get('q') ?? '',
      groupId: group ? longId('mesh', group) : '',
      state: state === 'online' || state === 'offline' ? state : '',
      sort: isOneOf(columnKeys, sort) ? sort : 'name',
      descending: (search.get('sort') ?? '').startsWith('-'),
      by: isOneOf(groupings, by) ? (by as Grouping) : '',
    },
    columns: readColumns(search.get('cols')),
  };
}

/// "group.os": their keys, in order. Unknown ones are left out.
export function readColumns(text: string | null): SortKey[] | undefined {
  if (text === null) return undefined;
  const known = text.split('.').filter((key): key is SortKey => isOneOf(columnKeys, key) && key !== 'name');
  return [...new Set(known)];
}

/// For router.go; what is as usual is left out.
export function writeListState({ query, columns }: ListState): Record<string, string> {
  const { text, groupId, state, sort, descending, by } = query;
  return {
    q: text,
    group: groupId ? shortId(groupId) : '',
    state,
    sort: sort === kNoQuery.sort && !descending ? '' : (descending ? '-' : '') + sort,
    by,
    cols: columns === undefined ? '' : columns.join('.') || '-',
  };
}

/// The same as the text of an address, for comparing and keeping.
export function listStateText(state: ListState): string {
  return new URLSearchParams(Object.entries(writeListState(state)).filter(([, value]) => value !== '')).toString();
}
