import { html, svg, type TemplateResult } from 'lit';
import type { Platform } from '../model/platform';

/// Line icons on a 16 by 16 grid, drawn for this page. Decorative: the text beside them, or the
/// aria-label of their button, says what they mean.
const shapes = {
  devices: svg`<rect x="1.8" y="2.8" width="12.4" height="8.4" rx="1.4"/><path d="M5.5 13.6h5M8 11.2v2.4"/>`,
  groups: svg`<path d="M1.8 12.2V4.4c0-.7.5-1.2 1.2-1.2h3l1.6 1.7h5.4c.7 0 1.2.5 1.2 1.2v6.1c0 .7-.5 1.2-1.2 1.2H3c-.7 0-1.2-.5-1.2-1.2Z"/>`,
  plugins: svg`<path d="M6.2 2v3.2M9.8 2v3.2M4 5.2h8v2.6a4 4 0 0 1-8 0ZM8 11.8V14"/>`,
  page: svg`<rect x="2.5" y="2.5" width="11" height="11" rx="1.6"/><path d="M2.5 6h11"/>`,
  search: svg`<circle cx="7" cy="7" r="4.4"/><path d="m10.3 10.3 3.5 3.5"/>`,
  filter: svg`<path d="M2.4 3.6h11.2L9.4 8.600v4.200l-2.800-1.400V8.600Z"/>`,
  columns: svg`<rect x="2" y="3" width="12" height="10" rx="1.400"/><path d="M6 3v10M10 3v10"/>`,
  star: svg`<path d="m8 2.200 1.800 3.700 4 .6-2.900 2.800.7 4L8 11.400l-3.600 1.900.7-4-2.900-2.800 4-.6Z"/>`,
  server: svg`<rect x="2.200" y="2.600" width="11.600" height="4.600" rx="1.200"/><rect x="2.200" y="8.800" width="11.600" height="4.600" rx="1.200"/><path d="M4.800 4.900h.01M4.800 11.100h.01"/>`,
  file: svg`<path d="M4 1.800h5.200L12.400 5v9.200H4ZM9 1.800V5.200h3.400"/>`,
  upload: svg`<path d="M8 10V2.800M4.800 6 8 2.800 11.200 6M2.800 13.200h10.400"/>`,
  plus: svg`<path d="M8 3v10M3 8h10"/>`,
  menu: svg`<path d="M2.600 4.200h10.800M2.600 8h10.800M2.600 11.800h10.800"/>`,
  more: svg`<path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2.4"/>`,
  close: svg`<path d="m4 4 8 8M12 4l-8 8"/>`,
  check: svg`<path d="m3 8.6 3.2 3.2L13 4.8"/>`,
  up: svg`<path d="m4 9.8 4-4 4 4"/>`,
  down: svg`<path d="m4 6.2 4 4 4-4"/>`,
  edit: svg`<path d="m9.8 3.6 2.6 2.6M3 13l.7-3.2 7-7a1.2 1.2 0 0 1 1.7 0l.8.8a1.2 1.2 0 0 1 0 1.7l-7 7Z"/>`,
  trash: svg`<path d="M2.8 4.4h10.4M6 4.4V2.8h4v1.6M4.2 4.4l.6 8.8h6.4l.6-8.8M6.8 7v3.8M9.2 7v3.8"/>`,
  copy: svg`<rect x="5.4" y="5.4" width="8" height="8" rx="1.3"/><path d="M10.6 5.4V3.9c0-.7-.6-1.3-1.3-1.3H3.9c-.7 0-1.3.6-1.3 1.3v5.4c0 .7.6 1.3 1.3 1.3h1.5"/>`,
  eye: svg`<path d="M1.6 8S4 3.6 8 3.6 14.4 8 14.4 8 12 12.4 8 12.4 1.6 8 1.6 8Z"/><circle cx="8" cy="8" r="1.9"/>`,
  warn: svg`<path d="M8 2.4 14.4 13.4H1.6ZM8 6.6v3M8 11.5v.01"/>`,
  list: svg`<path d="M5.600 4h8M5.600 8h8M5.600 12h8M2.400 4h.01M2.400 8h.01M2.400 12h.01"/>`,
  key: svg`<circle cx="5.2" cy="10.8" r="2.9"/><path d="m7.3 8.7 5.9-5.9M10.6 5.4l2 2"/>`,
  users: svg`<circle cx="6" cy="5.2" r="2.6"/><path d="M1.6 13.2c.3-2.600 2.100-4 4.400-4s4.100 1.400 4.400 4M10.600 2.900a2.600 2.600 0 0 1 0 4.700M12 9.800c1.400.5 2.200 1.700 2.400 3.400"/>`,
  logout: svg`<path d="M6.4 2.8H3.6c-.6 0-1 .4-1 1v8.4c0 .6.4 1 1 1h2.8M10.2 5.2 13 8l-2.8 2.8M13 8H6"/>`,
  download: svg`<path d="M8 2.6v7.2M4.8 6.8 8 10l3.2-3.2M2.8 13.2h10.4"/>`,
  signal: svg`<path d="M2.2 6a8.4 8.4 0 0 1 11.6 0M4.5 8.6a5 5 0 0 1 7 0M8 11.9v.01" />`,
} as const;

export type IconName = keyof typeof shapes;

export function icon(name: IconName): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">${shapes[name]}</svg>`;
}

const platforms: Record<Platform, TemplateResult> = {
  windows: svg`<path d="M2 3.6 7.2 2.9v4.7H2ZM8 2.8 14 2v5.6H8ZM2 8.4h5.2v4.7L2 12.4ZM8 8.4h6V14l-6-.8Z"/>`,
  linux: svg`<path fill-rule="evenodd" d="M8 1.4c-1.7 0-2.6 1.2-2.6 2.9 0 1.5.1 1.9-.8 3.2C3.7 8.8 3 10 3 11.2c0 .3 0 .5.1.7-.4.3-.9.7-.9 1.2 0 .8 2 1.5 3 1.5.6 0 .9-.2 1.1-.5.5.1 1 .2 1.7.2s1.2-.1 1.7-.2c.2.3.5.5 1.1.5 1 0 3-.7 3-1.5 0-.5-.5-.9-.9-1.2.1-.2.1-.4.1-.7 0-1.2-.7-2.4-1.6-3.7-.9-1.3-.8-1.7-.8-3.2 0-1.7-.9-2.9-2.6-2.9ZM8 6.6c-.9 0-1.3-.5-1.3-.8s.7-.8 1.3-.8 1.3.5 1.3.8-.4.8-1.3.8Zm0 1.3c1.4 0 2.5 1.9 2.5 3.4 0 .6-.3 1-.7 1.3-.5.3-1.1.4-1.8.4s-1.3-.1-1.8-.4c-.4-.3-.7-.7-.7-1.3 0-1.5 1.1-3.4 2.5-3.4ZM7 3.3c.3 0 .5.3.5.7s-.2.7-.5.7-.5-.3-.5-.7.2-.7.5-.7Zm2 0c.3 0 .5.3.5.7s-.2.7-.5.7-.5-.3-.5-.7.2-.7.5-.7Z"/>`,
  macos: svg`<path d="M10.9 1.5c.1 1-.3 1.9-.8 2.5-.6.7-1.4 1.2-2.3 1.1-.1-.9.3-1.8.8-2.4.6-.7 1.5-1.2 2.3-1.2ZM13.6 11c-.4.9-.6 1.3-1.1 2-.7 1-1.5 1.6-2.4 1.6-.8 0-1.1-.5-2-.5s-1.3.5-2 .5c-1 0-1.7-.7-2.4-1.7-1.6-2.4-1.8-5.2-.8-6.7.7-1 1.800-1.700 2.900-1.700.9 0 1.600.5 2.300.5.7 0 1.300-.6 2.400-.6.9 0 1.900.5 2.600 1.400-2.300 1.300-1.900 4.500.5 5.200Z"/>`,
  bsd: svg`<path d="M3 2.4c1 0 2 .5 2.700 1.200a5.300 5.300 0 0 1 4.600 0c.7-.7 1.700-1.200 2.700-1.200.3 1.100 0 2.300-.7 3.100a5.300 5.300 0 1 1-8.600 0C3 4.700 2.700 3.500 3 2.400Z"/>`,
  android: svg`<path fill-rule="evenodd" d="m4 2.300 1.200 2a6.600 6.600 0 0 1 5.600 0l1.200-2 .8.5-1.200 2c1.600 1.200 2.600 3 2.800 5.200H1.600c.2-2.200 1.200-4 2.800-5.200l-1.200-2ZM5.200 6.600a.8.8 0 1 0 0 1.600.8.8 0 0 0 0-1.600Zm5.600 0a.8.8 0 1 0 0 1.600.8.8 0 0 0 0-1.600ZM1.600 11h12.800v1.400c0 .6-.4 1-1 1H2.600c-.6 0-1-.4-1-1Z"/>`,
  other: svg`<path fill-rule="evenodd" d="M3 2.200h10c.9 0 1.600.7 1.600 1.600v6c0 .9-.7 1.600-1.600 1.600H9v1.400h2.200v1.200H4.800v-1.200H7v-1.400H3c-.9 0-1.600-.7-1.600-1.600v-6c0-.9.7-1.600 1.600-1.600Zm0 1.300v6.400h10V3.500Z"/>`,
};

export function platformIcon(platform: Platform): TemplateResult {
  return html`<svg class="icon solid" viewBox="0 0 16 16" aria-hidden="true">${platforms[platform]}</svg>`;
}
