import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { directory } from '../app';
import { t } from '../core/i18n';
import { deviceLink, router } from '../core/router';
import { isReachable } from '../model/device';
import { DeviceList, kNoQuery } from '../model/device_list';
import { has, kManageUsers, kUserGroups } from '../model/rights';
import { icon, platformIcon } from '../widgets/icon';
import { LightElement } from '../widgets/light';
import { destinations, siteRights } from './places';

interface Choice {
  label: string;
  detail: string;
  symbol: unknown;
  go: () => void;
}

const kMaxDevices = 30;

/// Ctrl+K: go anywhere by typing (WAI-ARIA combobox with a listbox).
@customElement('tr-palette')
export class Palette extends LightElement {
  @state() private text = '';
  @state() private at = 0;
  private readonly list = new DeviceList(directory);

  protected override firstUpdated(): void {
    this.querySelector('dialog')?.showModal();
  }

  override render() {
    const choices = this.choices();
    const at = Math.min(this.at, choices.length - 1);
    return html`<dialog class="palette roomy" aria-label=${t('palette.title')} data-testid="palette" @close=${() => this.remove()} @click=${(event: Event) => this.onClick(event)}>
      <input
        class="input"
        role="combobox"
        aria-label=${t('palette.title')}
        aria-expanded="true"
        aria-controls="palette-list"
        aria-autocomplete="list"
        aria-activedescendant=${choices.length ? `choice-${at}` : nothing}
        placeholder=${t('palette.hint')}
        autocomplete="off"
        spellcheck="false"
        autofocus
        .value=${this.text}
        @input=${(event: Event) => this.type((event.target as HTMLInputElement).value)}
        @keydown=${(event: KeyboardEvent) => this.onKey(event, choices, at)}
      />
      <div role="listbox" id="palette-list" aria-label=${t('palette.title')}>
        ${choices.map(
          (choice, index) => html`<div
            role="option"
            id="choice-${index}"
            aria-selected=${index === at}
            @click=${() => this.choose(choice)}
            @pointermove=${() => (this.at = index)}
          >
            ${choice.symbol}<span class="cut">${choice.label}</span><span class="faint cut">${choice.detail}</span>
          </div>`,
        )}
      </div>
      <p class="sr" role="status">${choices.length === 0 ? t('empty.nothingFoundTitle') : ''}</p>
    </dialog>`;
  }

  private choices(): Choice[] {
    const words = this.text.trim().toLowerCase();
    const pages = this.pages().filter((page) => page.label.toLowerCase().includes(words));
    const devices = words ? this.list.find({ ...kNoQuery, text: words }).slice(0, kMaxDevices) : [];
    return [
      ...pages,
      ...devices.map((device) => ({
        label: device.name,
        detail: `${directory.groupName(device.groupId)} · ${isReachable(device) ? t('state.online') : t('state.offline')}`,
        symbol: platformIcon(device.platform),
        go: () => router.go(deviceLink(device.id)),
      })),
    ];
  }

  private pages(): Choice[] {
    const page = (label: string, symbol: unknown, path: string[]): Choice => ({ label, detail: t('palette.page'), symbol, go: () => router.go(path) });
    const pages = destinations().map(({ label, symbol, path }) => page(label, symbol, path));
    const rights = siteRights();
    if (has(rights, kManageUsers) && has(rights, kUserGroups)) pages.push(page(t('userGroups.title'), icon('users'), ['user-groups']));
    return [...pages, page(t('account.title'), icon('key'), ['account'])];
  }

  private type(text: string): void {
    this.text = text;
    this.at = 0;
  }

  private onKey(event: KeyboardEvent, choices: Choice[], at: number): void {
    if (event.key === 'ArrowDown') this.at = (at + 1) % Math.max(1, choices.length);
    else if (event.key === 'ArrowUp') this.at = at <= 0 ? choices.length - 1 : at - 1;
    else if (event.key === 'Enter' && choices[at]) this.choose(choices[at]);
    else return;
    event.preventDefault();
    void this.updateComplete.then(() => this.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' }));
  }

  private choose(choice: Choice): void {
    this.querySelector('dialog')?.close();
    choice.go();
  }

  private onClick(event: Event): void {
    if (event.target instanceof HTMLDialogElement) event.target.close();
  }
}

export function openPalette(): void {
  if (!document.querySelector('dialog[open]')) document.body.append(new Palette());
}
