/// Runs xterm.js under `style-src 'self'`.
///
/// Its DOM renderer writes <style> elements and sets `style` attributes from script, and the policy
/// refuses both. What the policy allows is the object model: constructed style sheets and
/// `element.style`. So while the terminal is set up, and for what its renderer makes later, elements come
/// from here: a "style" element is a stand-in whose text goes into a constructed sheet of the tab's
/// shadow root, and a span's `style` attribute is set through `style.cssText`.
/// Revisit when xterm.js uses constructed sheets itself.

type Create = (tag: string) => HTMLElement;

export interface Styled {
  /// Give to xterm.js as `documentOverride`.
  document: Document;
  /// Runs `setUp`, during which the page's own document makes stand-ins as well: a part of xterm.js 6
  /// doesn't know of the override.
  during(setUp: () => void): void;
}

export function styledDocument(root: ShadowRoot): Styled {
  const create: Create = (tag) => {
    if (tag.toLowerCase() === 'style') return styleStandIn(root);
    const element = Document.prototype.createElement.call(document, tag) as HTMLElement;
    if (tag.toLowerCase() === 'span') element.setAttribute = setSpanAttribute;
    return element;
  };
  return {
    document: new Proxy(document, {
      get(target, name) {
        if (name === 'createElement') return create;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
      },
      set: (target, name, value) => Reflect.set(target, name, value, target),
    }),
    during(setUp) {
      document.createElement = create as Document['createElement'];
      try {
        setUp();
      } finally {
        // The property shadowed the prototype's.
        delete (document as Partial<Document>).createElement;
      }
    },
  };
}

function styleStandIn(root: ShadowRoot): HTMLElement {
  const sheet = new CSSStyleSheet();
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  const element = Document.prototype.createElement.call(document, 'span') as HTMLElement;
  element.hidden = true;
  let text = '';
  Object.defineProperty(element, 'textContent', {
    get: () => text,
    set: (value: string) => {
      text = value;
      sheet.replaceSync(value);
    },
  });
  element.remove = () => {
    root.adoptedStyleSheets = root.adoptedStyleSheets.filter((other) => other !== sheet);
    HTMLElement.prototype.remove.call(element);
  };
  return element;
}

function setSpanAttribute(this: HTMLElement, name: string, value: string): void {
  if (name === 'style') this.style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
}
