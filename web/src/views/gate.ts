import { session } from '../app';
import { html, type TemplateResult } from 'lit';
import { icon } from '../widgets/icon';

/// The frame of pages before sign-in.
export function gate(heading: string, content: TemplateResult) {
  return html`<div class="gate">
    <main>
      <div class="brand"><img src="/favicon.svg" alt="" />${session.title}</div>
      <div class="card">
        <h1>${heading}</h1>
        ${content}
      </div>
    </main>
  </div>`;
}

export function alertBox(text: string) {
  return html`<div class="alert" role="alert" data-testid="form-error">${icon('warn')}<span>${text}</span></div>`;
}
