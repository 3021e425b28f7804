import { prefixOf } from '../../src/core/place';
import { consentText, readExplanation, stepText } from '../../src/model/explanation';

const reply = {
  allowed: false,
  action: { scope: 'device', hasOwnRules: true },
  steps: [
    { rule: 'link', bits: 0x208, rights: ['remotecontrol', 'noterminal'], holder: { id: 'ugrp//1', name: 'Helpdesk' }, target: { id: 'mesh//1', name: 'Lab' } },
    { rule: 'restricted', bits: 0x200, rights: ['noterminal'] },
    { rule: 'sum', bits: 0, rights: [] },
    { rule: 'manages_all', bits: 0xffffffff, rights: ['all'], holder: { id: 'user//old', name: '' } },
  ],
};

describe('the explanation of a decision', () => {
  it('is read into sentences in the words of the page', () => {
    const answer = readExplanation(reply);
    expect(answer.isAllowed).toBe(false);
    expect(answer.hasOwnRules).toBe(true);
    const texts = answer.steps.map((step) => stepText(step, answer.isSite));
    expect(texts[0]).toMatch(/^Helpdesk has on Lab: Remote control, /);
    expect(texts[1]).toMatch(/^Forbidden by: /);
    expect(texts[2]).toBe('Together: nothing');
    expect(texts[3]).toBe('user//old manages all device groups');
  });

  it('survives what it does not know', () => {
    expect(readExplanation(undefined)).toEqual({ isAllowed: false, isSite: false, hasOwnRules: false, consent: undefined, steps: [] });
    const odd = readExplanation({ steps: ['x', { rule: 'new_rule', rights: 5 }] });
    expect(odd.steps.map((step) => stepText(step, true))).toEqual(['new_rule']);
  });

  it('says what the person at the device notices', () => {
    expect(consentText(0)).toContain('neither');
    expect(consentText(2)).toContain('told');
    expect(consentText(2 + 16)).toContain('asked first');
  });
});

describe('the path of the tenant', () => {
  it('is what stands before the page', () => {
    for (const [path, expected] of [['/', ''], ['/index.html', ''], ['/acme/', '/acme'], ['/acme', '/acme'], ['/acme/index.html', '/acme'], ['/guest.html', ''], ['/acme/guest.html', '/acme']]) {
      expect(prefixOf(path!)).toBe(expected);
    }
  });
});
