export { h as make } from '../../../../web/plugin-api/dom';

const shapes = {
  fit: 'M2.500 5.500v-3h3M10.500 2.500h3v3M13.500 10.500v3h-3M5.500 13.500h-3v-3',
  actual: 'M4 5.200 5.600 4v8M10.400 5.200 12 4v8M8.300 6.600v.01M8.300 9.800v.01',
  full: 'M9.500 6.500 13.500 2.500M10 2.500h3.500V6M6.500 9.500l-4 4M6 13.500H2.500V10',
  keys: 'M2.800 4.200h10.400c.6 0 1 .4 1 1v5.600c0 .6-.4 1-1 1H2.800c-.6 0-1-.4-1-1V5.200c0-.6.4-1 1-1ZM4.500 6.900h.01M7 6.900h.01M9.500 6.900h.01M11.800 6.900h.01M5.500 9.400h5',
  clipboard: 'M6 3.400H4c-.6 0-1 .4-1 1v8.200c0 .6.4 1 1 1h8c.6 0 1-.4 1-1V4.400c0-.6-.4-1-1-1h-2M6 2.400h4v2.200H6Z',
  people: 'M5.800 7.600a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400ZM1.800 13c0-2.200 1.800-3.600 4-3.600s4 1.400 4 3.600M10.600 3.500a2.200 2.200 0 0 1 0 4M11.800 9.800c1.500.4 2.500 1.600 2.500 3.200',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  close: 'M4 4l8 8M12 4l-8 8',
  screen: 'M3 2.600h10c.7 0 1.200.5 1.200 1.200v6.200c0 .7-.5 1.200-1.200 1.200H3c-.7 0-1.200-.5-1.200-1.200V3.800c0-.7.5-1.200 1.200-1.200ZM8 11.200v2.400M5.200 13.600h5.600',
} as const;

export type SymbolName = keyof typeof shapes;

export function symbol(name: SymbolName): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', shapes[name]);
  svg.append(path);
  return svg;
}
