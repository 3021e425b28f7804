import { make } from './dom';

/// A button that opens a small panel below itself. Escape or a press elsewhere closes it.
export class Menu {
  readonly element: HTMLElement;
  readonly panel: HTMLElement;

  constructor(
    readonly button: HTMLButtonElement,
    label: string,
    private readonly onOpen: () => void = () => undefined,
  ) {
    this.panel = make('div', { className: 'panel-menu', role: 'group', 'aria-label': label, hidden: true });
    this.element = make('div', { className: 'menu-place' }, button, this.panel);
    button.setAttribute('aria-expanded', 'false');
    button.addEventListener('click', () => (this.panel.hidden ? this.open() : this.close()));
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || this.panel.hidden) return;
      event.stopPropagation();
      this.close();
      button.focus();
    });
    this.element.addEventListener('focusout', (event) => {
      const next = event.relatedTarget as Node | null;
      if (next && !this.element.contains(next)) this.close();
    });
  }

  open(): void {
    this.onOpen();
    this.panel.hidden = false;
    this.button.setAttribute('aria-expanded', 'true');
    document.addEventListener('pointerdown', this.outside, true);
  }

  readonly close = (): void => {
    this.panel.hidden = true;
    this.button.setAttribute('aria-expanded', 'false');
    document.removeEventListener('pointerdown', this.outside, true);
  };

  /// The tab lives in a shadow root, so the event's own path says where it began.
  private readonly outside = (event: Event): void => {
    if (!event.composedPath().includes(this.element)) this.close();
  };
}
