import { h, type Child, type Props } from '../../../../web/plugin-api/dom';

export { h, type Child, type Props };

export function button(text: string, click: () => void, props: Props = {}): HTMLButtonElement {
  return h('button', { type: 'button', class: 'btn small', onclick: click, ...props }, text);
}

const shapes: Record<string, string> = {
  up: 'M8 13V3.500M3.800 7.400 8 3.200l4.200 4.200',
  refresh: 'M13 8a5 5 0 1 1-1.500-3.600M13.200 2.400v2.800h-2.800',
  upload: 'M8 10.500V3M4.800 5.800 8 2.600l3.200 3.200M2.800 10.500v1.700c0 .7.6 1.200 1.200 1.200h8c.7 0 1.200-.5 1.200-1.200v-1.700',
  download: 'M8 2.700v7.500M4.800 7.400 8 10.600l3.200-3.200M2.800 10.500v1.700c0 .7.6 1.200 1.200 1.200h8c.7 0 1.200-.5 1.200-1.200v-1.700',
  more: 'M3.500 8h.01M8 8h.01M12.500 8h.01',
  folder: 'M1.900 4.200c0-.7.6-1.300 1.300-1.300h3l1.500 1.800h5.100c.7 0 1.300.6 1.300 1.300v5.900c0 .7-.6 1.300-1.300 1.300H3.200c-.7 0-1.300-.6-1.300-1.300Z',
  file: 'M4 2.400h5l3.200 3.200v7.200c0 .5-.4.800-.8.800H4.600c-.5 0-.9-.3-.9-.8V3.200c0-.5.4-.8.800-.8ZM8.800 2.600v3.200H12',
  drive: 'M2.200 9.200h11.600v3.200c0 .5-.4.900-.9.900H3.100c-.5 0-.9-.4-.9-.9ZM2.300 9.200l1.900-5.500c.1-.4.500-.6.900-.6h5.800c.4 0 .8.200.9.600l1.900 5.500M11.300 11.300h.01',
  close: 'M4 4l8 8M12 4l-8 8',
  search: 'M7 11.600a4.600 4.600 0 1 0 0-9.200 4.600 4.600 0 0 0 0 9.200ZM10.400 10.400l3.200 3.200',
  retry: 'M13 8a5 5 0 1 1-1.500-3.600M13.200 2.400v2.800h-2.800',
};

export function symbol(name: string): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', shapes[name] ?? '');
  svg.append(path);
  return svg;
}

/// A button that is only a symbol; `label` is its name.
export function tool(name: string, label: string, click: () => void, props: Props = {}): HTMLButtonElement {
  return h('button', { type: 'button', class: 'btn plain small square', title: label, 'aria-label': label, onclick: click, ...props }, symbol(name));
}
