import { Observable } from './observe';
import { readPref, writePref } from './prefs';

export type ThemeChoice = 'system' | 'light' | 'dark';
export type ContrastChoice = 'system' | 'normal' | 'high';

/// Colours of the page: a choice of the person, or what the system prefers.
class Theme extends Observable {
  private readonly prefersDark = matchMedia('(prefers-color-scheme: dark)');
  private readonly prefersContrast = matchMedia('(prefers-contrast: more)');

  constructor() {
    super();
    this.prefersDark.addEventListener('change', () => this.apply());
    this.prefersContrast.addEventListener('change', () => this.apply());
    this.apply();
  }

  get choice(): ThemeChoice {
    const stored = readPref('theme');
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  }

  set choice(value: ThemeChoice) {
    writePref('theme', value === 'system' ? null : value);
    this.apply();
  }

  get contrastChoice(): ContrastChoice {
    const stored = readPref('contrast');
    return stored === 'high' || stored === 'normal' ? stored : 'system';
  }

  set contrastChoice(value: ContrastChoice) {
    writePref('contrast', value === 'system' ? null : value);
    this.apply();
  }

  /// What is shown now.
  get scheme(): 'light' | 'dark' {
    if (this.choice !== 'system') return this.choice;
    return this.prefersDark.matches ? 'dark' : 'light';
  }

  get contrast(): 'normal' | 'high' {
    if (this.contrastChoice !== 'system') return this.contrastChoice;
    return this.prefersContrast.matches ? 'high' : 'normal';
  }

  /// The value of a design token such as `--color-text` (see styles/tokens.css).
  token(name: string): string {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  private apply(): void {
    const root = document.documentElement;
    root.dataset['theme'] = this.scheme;
    root.dataset['contrast'] = this.contrast;
    this.changed();
  }
}

export const theme = new Theme();
