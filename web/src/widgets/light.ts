import { LitElement } from 'lit';

/// Base of the page's own elements: rendered without a shadow root, so that one stylesheet serves all,
/// labels reach their fields, and password managers see the forms.
export class LightElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
