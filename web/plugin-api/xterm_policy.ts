/// Runs xterm.js 6 under `style-src 'self'`.
///
/// Its DOM renderer writes <style> elements and sets `style` attributes from script, and the policy
/// refuses both. What the policy allows is the object model: constructed style sheets and
/// `element.style`. So while the terminal is set up, a "style" element is a stand-in whose text goes into
/// a constructed sheet of the tab's shadow root; and the one method of the renderer that sets a style
/// attribute (true colours) is replaced by one that does not.
/// Revisit when xterm.js does this itself. tests/ui/terminal.test.ts fails when the policy is violated.

/// xterm.js's Terminal, which each plugin brings along itself.
interface Terminal {
  open(place: HTMLElement): void;
}

/// The part of xterm.js's inside that is reached into.
interface Inside {
  _core?: { _renderService?: { _renderer?: { value?: { _rowFactory?: RowFactory } } } };
}

interface RowFactory {
  _addStyle?(element: HTMLElement, style: string): void;
}

export function openUnderPolicy(xterm: Terminal, place: HTMLElement): void {
  const root = place.getRootNode() as ShadowRoot;
  const create = (tag: string): HTMLElement =>
    tag.toLowerCase() === 'style' ? styleStandIn(root) : (Document.prototype.createElement.call(document, tag) as HTMLElement);
  document.createElement = create as Document['createElement'];
  try {
    xterm.open(place);
  } finally {
    // The property hid the prototype's method; without it that is back.
    delete (document as Partial<Document>).createElement;
  }
  const factory = (xterm as unknown as Inside)._core?._renderService?._renderer?.value?._rowFactory;
  if (factory?._addStyle) {
    factory._addStyle = (element, style) => {
      element.style.cssText += style;
    };
  } else {
    console.warn('terminal: this version of xterm.js is not known, true colours may be missing');
  }
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
