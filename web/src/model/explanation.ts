import { t, type TextKey } from '../core/i18n';
import { isDocument } from './accounts';
import { groupRightWords, siteRightWords } from './right_words';
import { kAdmin } from './rights';

/// One rule that the server looked at on its way to a decision (`rights.explain`).
export interface Step {
  rule: string;
  /// Right bits, and their names where this page has no word.
  bits: number;
  names: string[];
  holder: string;
  target: string;
}

export interface Explanation {
  isAllowed: boolean;
  isSite: boolean;
  hasOwnRules: boolean;
  /// Consent flags of the session (control-protocol 4.3); undefined where there is no session.
  consent: number | undefined;
  steps: Step[];
}

export function readExplanation(value: unknown): Explanation {
  const reply = isDocument(value) ? value : {};
  const action = isDocument(reply['action']) ? reply['action'] : {};
  return {
    isAllowed: reply['allowed'] === true,
    isSite: action['scope'] === 'site' || action['scope'] === 'signed_in',
    hasOwnRules: action['hasOwnRules'] === true,
    consent: typeof reply['consent'] === 'number' ? reply['consent'] : undefined,
    steps: (Array.isArray(reply['steps']) ? reply['steps'] : []).filter(isDocument).map(readStep),
  };
}

function readStep(value: Record<string, unknown>): Step {
  return {
    rule: String(value['rule'] ?? ''),
    bits: Number(value['bits'] ?? 0),
    names: (Array.isArray(value['rights']) ? value['rights'] : []).map(String),
    holder: nameOf(value['holder']),
    target: nameOf(value['target']),
  };
}

function nameOf(value: unknown): string {
  if (!isDocument(value)) return '';
  return String(value['name'] ?? '') || String(value['id'] ?? '');
}

const kRules: Record<string, TextKey> = {
  site: 'why.site',
  locked: 'why.locked',
  other_tenant: 'why.otherTenant',
  group_deleted: 'why.groupDeleted',
  manages_all: 'why.managesAll',
  link: 'why.link',
  no_link: 'why.noLink',
  sum: 'why.sum',
  removed_right: 'why.removedRight',
  added_restriction: 'why.addedRestriction',
  server_wide: 'why.serverWide',
  missing: 'why.missing',
  restricted: 'why.restricted',
  allowed: 'why.needed',
};

/// Steps that end it, for or against.
export const isTurningPoint = (step: Step): boolean => !['site', 'manages_all', 'link', 'sum'].includes(step.rule);

function rightsText(step: Step, isSite: boolean): string {
  if (step.bits === kAdmin) return t('why.all');
  const words = isSite || step.rule === 'site' ? siteRightWords : groupRightWords;
  const known = words.filter(({ bit }) => (step.bits & bit) !== 0).map(({ label }) => t(label));
  return (known.length ? known : step.names).join(', ') || t('why.nothing');
}

/// `isSite`: the question was about site rights.
export function stepText(step: Step, isSite: boolean): string {
  const key = kRules[step.rule];
  const rights = rightsText(step, isSite);
  return key ? t(key, { rights, holder: step.holder, target: step.target }) : step.rule;
}

export function consentText(consent: number): string {
  if (consent & 0x38) return t('why.asked');
  return t(consent & 0x07 ? 'why.told' : 'why.notAsked');
}
