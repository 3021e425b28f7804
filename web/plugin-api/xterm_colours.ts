import type { ThemeInfo } from './index';

/// Sixteen colours that stay readable on the page's own background, light and dark.
const dark = {
  black: '#3b4248',
  red: '#f07178',
  green: '#7fd18b',
  yellow: '#e6c06c',
  blue: '#74a8f7',
  magenta: '#d291e4',
  cyan: '#63cfc9',
  white: '#c9d1d7',
  brightBlack: '#7d8790',
  brightRed: '#ff9ba0',
  brightGreen: '#a4e8ac',
  brightYellow: '#ffdc95',
  brightBlue: '#a3c7ff',
  brightMagenta: '#e8b9f5',
  brightCyan: '#96ebe6',
  brightWhite: '#ffffff',
};

const light = {
  black: '#15191e',
  red: '#b3261e',
  green: '#1c7035',
  yellow: '#7d5700',
  blue: '#1a56b8',
  magenta: '#8a2ba0',
  cyan: '#0b6a73',
  white: '#6b747d',
  brightBlack: '#5b646d',
  brightRed: '#cf3a31',
  brightGreen: '#23813f',
  brightYellow: '#8f6500',
  brightBlue: '#2a68d0',
  brightMagenta: '#a03cb7',
  brightCyan: '#127984',
  brightWhite: '#3a4149',
};

/// An ITheme of xterm.js.
export function coloursFor(theme: ThemeInfo) {
  const background = theme.token(theme.scheme === 'dark' ? '--color-sunken' : '--color-surface');
  const foreground = theme.token('--color-text');
  return {
    ...(theme.scheme === 'dark' ? dark : light),
    background,
    foreground,
    cursor: foreground,
    cursorAccent: background,
    selectionBackground: theme.scheme === 'dark' ? '#2f5d8a' : '#b4d3f7',
    scrollbarSliderBackground: '#80888f55',
    scrollbarSliderHoverBackground: '#80888f99',
    scrollbarSliderActiveBackground: '#80888fcc',
  };
}

/// In high contrast xterm.js moves colours that programs chose until they can be read (WCAG 1.4.6);
/// otherwise they are shown as they came.
export const contrastFor = (theme: ThemeInfo): number => (theme.contrast === 'high' ? 7 : 1);
