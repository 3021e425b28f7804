import { encode } from 'uqr';

const kMargin = 4; // ISO/IEC 18004, section 6.3.8

function svg(name: string, attributes: Record<string, string>): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/// The dark modules of the square code of `text`, one move for each.
export function qrPath(text: string): { size: number; path: string } {
  const { data, size } = encode(text, { ecc: 'M', border: kMargin });
  const dots = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return { size, path: dots.join('') };
}

/// Dark on white under every theme: cameras read it so.
export function qrImage(text: string, label: string): SVGElement {
  const { size, path } = qrPath(text);
  const image = svg('svg', { class: 'qr', viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': label, 'shape-rendering': 'crispEdges' });
  image.append(svg('rect', { width: String(size), height: String(size), fill: '#fff' }), svg('path', { d: path, fill: '#000' }));
  return image;
}
