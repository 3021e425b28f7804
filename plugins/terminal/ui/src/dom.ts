import { h as make } from '../../../../web/plugin-api/dom';

export { make };

const shapes: Record<string, string> = {
  copy: 'M5.400 6.700c0-.7.6-1.300 1.300-1.300h5.400c.7 0 1.300.6 1.300 1.300v5.400c0 .7-.6 1.300-1.300 1.300H6.700c-.7 0-1.300-.6-1.300-1.300ZM10.600 5.400V3.900c0-.7-.6-1.300-1.300-1.300H3.900c-.7 0-1.300.6-1.300 1.300v5.400c0 .7.6 1.300 1.300 1.300h1.500',
  paste: 'M6 3.400H4c-.6 0-1 .4-1 1v8.200c0 .6.4 1 1 1h8c.6 0 1-.4 1-1V4.400c0-.6-.4-1-1-1h-2M6 2.400h4v2.200H6ZM5.800 8h4.400M5.800 10.600h3',
  smaller: 'M2 12 5.200 4h.6L9 12M3.200 9.400h4.600M11 8h4',
  larger: 'M2 12 5.200 4h.6L9 12M3.200 9.400h4.600M11 8h4M13 6v4',
  reader: 'M8 3.200v.01M3 5.800c3 .8 7 .8 10 0M6.600 6.200v3.200L5 13.600M9.400 6.200v3.200l1.600 4.200M6.600 9.400h2.800',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  close: 'M4 4l8 8M12 4l-8 8',
};

export function symbol(name: keyof typeof shapes): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', shapes[name]!);
  svg.append(path);
  return svg;
}
