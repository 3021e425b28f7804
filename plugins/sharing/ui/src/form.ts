import type { PluginContext } from '../../../../web/plugin-api';
import { check, labelled, make, select } from './dom';
import { consentBits, kKinds, timeOf, type Consent, type Listing, type When } from './model';

const kMinutes = [30, 60, 8 * 60, 24 * 60, 7 * 24 * 60, 0];

/// The form for a new share. `create` is called with the command's arguments and rejects with what is
/// wrong, which is shown above the fields; everything typed is kept.
export class ShareForm {
  readonly root: HTMLFormElement;
  private readonly name: HTMLInputElement;
  private readonly fault = make('div', { className: 'alert', hidden: true, role: 'alert' });
  private readonly kinds: { bit: number; box: HTMLInputElement }[];
  private readonly askName: ReturnType<typeof check>;
  private readonly viewOnly: ReturnType<typeof check>;
  private readonly consent: HTMLSelectElement;
  private readonly mode: HTMLSelectElement;
  private readonly minutes: HTMLSelectElement;
  private readonly start = make('input', { className: 'input', type: 'datetime-local', id: 'share-start' });
  private readonly end = make('input', { className: 'input', type: 'datetime-local', id: 'share-end' });
  private readonly submit: HTMLButtonElement;
  private readonly rows: Record<string, HTMLElement>;

  constructor(
    private readonly context: PluginContext,
    private readonly listing: Listing,
    private readonly create: (args: Record<string, unknown>) => Promise<void>,
  ) {
    const t = context.t.bind(context);
    this.name = make('input', { className: 'input', id: 'share-name', maxLength: 128, required: true, autocomplete: 'off' });
    this.name.dataset['testid'] = 'share-name';
    this.askName = check('share-ask', t('form.askName'));
    this.kinds = kKinds.filter((kind) => listing.kinds.includes(kind.bit)).map((kind) => ({ bit: kind.bit, ...check(`share-kind-${kind.bit}`, t(kind.key)) }));
    if (this.kinds.length === 1) this.kinds[0]!.box.checked = true;
    this.viewOnly = check('share-view', t('form.viewOnly'), listing.mayOnlyLook);
    this.viewOnly.box.disabled = listing.mayOnlyLook;
    this.consent = select('share-consent', [['notify', t('consent.notify')], ['ask', t('consent.ask')], ['none', t('consent.none')]]);
    this.mode = select('share-mode', [['now', t('when.now')], ['range', t('when.range')], ['daily', t('when.daily')], ['weekly', t('when.weekly')]]);
    this.minutes = select('share-minutes', this.lengths());
    this.minutes.value = '60';
    this.submit = make('button', { className: 'btn primary', type: 'submit' }, t('form.create'));
    this.submit.dataset['testid'] = 'share-create';
    this.rows = {
      minutes: labelled(t('form.length'), this.minutes),
      start: labelled(t('form.start'), this.start),
      end: labelled(t('form.end'), this.end),
    };
    this.root = make('form', { className: 'share-form', noValidate: true }, ...this.layout());
    this.root.addEventListener('submit', (event) => void this.send(event));
    this.root.addEventListener('input', () => this.arrange());
    this.presetTimes();
    this.arrange();
  }

  private layout(): HTMLElement[] {
    const t = this.context.t.bind(this.context);
    const kinds = make('fieldset', {}, make('legend', {}, t('form.what')), ...this.kinds.map(({ box }) => box.parentElement!), this.viewOnly.row);
    return [
      make('h3', {}, t('form.title')),
      this.fault,
      labelled(t('form.name'), this.name, t('form.nameHint')),
      this.askName.row,
      kinds,
      labelled(t('form.consent'), this.consent),
      make('div', { className: 'times' }, labelled(t('form.when'), this.mode), this.rows['start']!, this.rows['end']!, this.rows['minutes']!),
      make('div', { className: 'row' }, this.submit),
    ];
  }

  private lengths(): [string, string][] {
    const { maxMinutes } = this.listing;
    const fitting = kMinutes.filter((minutes) => maxMinutes === 0 || (minutes !== 0 && minutes <= maxMinutes));
    return (fitting.length ? fitting : [maxMinutes]).map((minutes) => [String(minutes), this.lengthText(minutes)]);
  }

  private lengthText(minutes: number): string {
    if (minutes === 0) return this.context.t('length.none');
    if (minutes < 60) return this.context.t('length.minutes', { n: minutes });
    if (minutes < 24 * 60) return this.context.t('length.hours', { n: minutes / 60 });
    return this.context.t('length.days', { n: minutes / (24 * 60) });
  }

  private presetTimes(): void {
    const local = (time: number): string => new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
    this.start.value = local(Date.now());
    this.end.value = local(Date.now() + 60 * 60_000);
  }

  private arrange(): void {
    const mode = this.mode.value;
    this.rows['start']!.hidden = mode === 'now';
    this.rows['end']!.hidden = mode !== 'range';
    this.rows['minutes']!.hidden = mode === 'range';
    this.submit.disabled = !this.name.value.trim() || this.bits() === 0;
  }

  private bits(): number {
    return this.kinds.reduce((sum, kind) => sum | (kind.box.checked ? kind.bit : 0), 0);
  }

  private async send(event: Event): Promise<void> {
    event.preventDefault();
    const when: When = {
      mode: this.mode.value as When['mode'],
      minutes: Number(this.minutes.value),
      start: new Date(this.start.value).getTime(),
      end: new Date(this.end.value).getTime(),
    };
    const time = timeOf(when);
    if (!time) return this.tell(this.context.t('form.badTime'));
    this.submit.disabled = true;
    try {
      await this.create({
        nodeid: this.context.device?.id ?? '',
        guestname: this.name.value.trim(),
        askName: this.askName.box.checked,
        p: this.bits(),
        viewOnly: this.viewOnly.box.checked,
        consent: consentBits(this.bits(), this.consent.value as Consent),
        ...time,
      });
      this.fault.hidden = true;
      this.name.value = '';
    } catch (error) {
      this.tell(error instanceof Error ? error.message : String(error));
    }
    this.arrange();
  }

  private tell(text: string): void {
    this.fault.textContent = text;
    this.fault.hidden = false;
  }
}
