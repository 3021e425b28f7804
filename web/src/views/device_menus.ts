import { directory, savedViews } from '../app';
import { t, type TextKey } from '../core/i18n';
import { router } from '../core/router';
import type { Grouping, SortKey } from '../model/device_list';
import { groupings } from '../model/device_list';
import { hasTerm, toggleTerm } from '../model/filter_edit';
import { kUsualColumns, listStateText, type ListState } from '../model/list_state';
import type { TopValues } from '../model/top_values';
import { copyText } from '../widgets/copy';
import { openDialog } from '../widgets/dialog';
import type { MenuEntry } from '../widgets/menu';
import { toast, toastError } from '../widgets/toast';
import { columns, type Column } from './device_columns';
import { SaveViewDialog } from './save_view_dialog';

export type Change = (state: Partial<ListState>) => void;

const kMostValues = 12;

export const groupingLabels: Record<Grouping, TextKey> = {
  '': 'by.none',
  group: 'device.group',
  state: 'device.state',
  os: 'device.os',
  tags: 'device.tags',
  user: 'device.user',
};

/// Which columns there are and what rows are put together by.
export function displayEntries(state: ListState, change: Change): MenuEntry[] {
  const shown = state.columns ?? kUsualColumns;
  const flip = (key: SortKey): SortKey[] => columns.map((column) => column.key).filter((one) => one !== 'name' && shown.includes(one) !== (one === key));
  return [
    { heading: t('columns.title') },
    ...columns
      .filter(({ key }) => key !== 'name')
      .map(({ key, label }): MenuEntry => ({ label: t(label), checked: shown.includes(key), isBox: true, testid: `column-${key}`, run: () => change({ columns: flip(key) }) })),
    'line',
    { heading: t('by.title') },
    ...groupings.map(
      (by): MenuEntry => ({ label: t(groupingLabels[by]), checked: state.query.by === by, testid: `by-${by || 'none'}`, run: () => change({ query: { ...state.query, by } }) }),
    ),
  ];
}

/// Saved views: choose, keep what is shown as one, hand on its address.
export function viewEntries(state: ListState): MenuEntry[] {
  const now = listStateText(state);
  const current = savedViews.views.find(({ query }) => query === now);
  return [
    ...savedViews.views.map((view): MenuEntry => ({ label: view.name, checked: view === current, testid: 'saved-view', run: () => openView(view.query) })),
    ...(savedViews.views.length ? (['line'] as const) : []),
    { label: t('views.save'), icon: 'star', testid: 'save-view', run: () => openDialog(new SaveViewDialog(now, current?.name ?? '')) },
    { label: t('views.copyLink'), icon: 'copy', testid: 'copy-view', run: () => void copyAddress() },
    ...(current ? [{ label: t('views.remove', { name: current.name }), icon: 'trash', testid: 'remove-view', run: () => void savedViews.remove(current.name).catch(toastError) } as const] : []),
  ];
}

function openView(query: string): void {
  router.go(['devices'], Object.fromEntries(new URLSearchParams(query)));
}

async function copyAddress(): Promise<void> {
  if (await copyText(location.href)) toast(t('common.copied'), 'success');
  else toast(t('common.copyFailed'), 'error');
}

/// The filter of a column: its most frequent values as boxes, or typing one.
export function columnEntries(column: Column, text: string, values: TopValues, change: (text: string) => void, type: (text: string) => void): MenuEntry[] {
  const { filter } = column;
  const offered = filter === 'is' ? ['online', 'offline'] : column.hasValues ? values.of(filter).slice(0, kMostValues) : [];
  const words: Record<string, string> = filter === 'is' ? { online: t('state.online'), offline: t('state.offline') } : {};
  return [
    ...offered.map(
      (value): MenuEntry => ({
        label: words[value] ?? value,
        checked: hasTerm(text, filter, value),
        isBox: true,
        testid: 'filter-value',
        run: () => change(toggleTerm(text, filter, value)),
      }),
    ),
    ...(offered.length ? (['line'] as const) : []),
    { label: t('filter.type', { name: `${filter}:` }), icon: 'search', testid: 'filter-type', run: () => type(`${text.trimEnd()} ${filter}:`.trimStart()) },
  ];
}

/// What a heading between rows says.
export function headingWords(by: Grouping): (key: string) => string {
  if (by === 'group') return (key) => directory.groupName(key) || t('device.group');
  if (by === 'state') return (key) => [t('state.online'), t('state.reachable'), t('state.offline')][Number(key)] ?? '';
  return (key) => key || t('by.empty');
}

