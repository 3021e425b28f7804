import { healthOf, joined, offers, parted, type Webhook } from '../src/model';

const webhook = (some: Partial<Webhook>): Webhook => ({ id: 'a', name: 'x', url: 'https://x', events: [], enabled: true, created: 1, waiting: 0, dead: 0, ...some });
const attempt = { time: 1, delivery: 'd', event: 'e', attempt: 1, status: 200, took_ms: 5, problem: '' };

describe('events of a webhook', () => {
  it('are offered by words only when all of their names are there', () => {
    expect(parted(['device.connected', 'device.disconnected', 'event.login', 'x.*'])).toEqual({ chosen: ['presence'], others: ['event.login', 'x.*'] });
  });

  it('come back as they were', () => {
    const events = [...offers['logins']!, 'plugin.stateChanged'];
    const { chosen, others } = parted(events);
    expect(joined(chosen, others.join(' '))).toEqual(events);
  });

  it('are typed with anything between them, and counted once', () => {
    expect(joined(['presence'], ' a.b, c.*\nd.e;a.b device.connected ')).toEqual(['device.connected', 'device.disconnected', 'a.b', 'c.*', 'd.e']);
  });
});

it('tells how a webhook is by its latest attempt', () => {
  expect(healthOf(webhook({}))).toBe('new');
  expect(healthOf(webhook({ last: attempt }))).toBe('ok');
  expect(healthOf(webhook({ last: { ...attempt, status: 0, problem: 'no answer' } }))).toBe('failing');
  expect(healthOf(webhook({ enabled: false, last: attempt }))).toBe('off');
});
