// What modules expect of a browser when they are loaded. Nothing here is tested.
const page = { documentElement: { lang: '', dataset: {} } };
Object.assign(globalThis, {
  document: page,
  location: { hash: '', href: 'https://trellis.example/', host: 'trellis.example', origin: 'https://trellis.example', protocol: 'https:' },
  history: { state: null, replaceState: () => undefined },
  addEventListener: () => undefined,
});
