/// What a plugin's page part may use. A module in `plugins/<id>/ui/` exports `mount`:
///
///   export const mount: Mount = (root, context) => { ...; return () => { ... }; };
///
/// `root` is an empty element inside a shadow root of its own that already has the page's design tokens
/// and widget classes (`btn`, `input`, `badge`, ...); further styles are added with
/// `context.adopt(cssText)`. Inline styles and scripts are refused by the content security policy.

export type Unmount = () => void;
export type Mount = (root: HTMLElement, context: PluginContext) => Unmount | Promise<Unmount>;

export interface PluginContext {
  /// The id of the plugin this module belongs to.
  readonly plugin: string;
  /// Calls a command (`plugin.verb`); resolves with its result, rejects with an Error that has
  /// `code`, `message` and `field`. A tab that names its `protocols` is also shown to guests, who have
  /// no account: there every call is refused, and the tab has to do with its defaults.
  call<Result = unknown>(action: string, args?: Record<string, unknown>): Promise<Result>;
  /// Listens for events (`plugin.thingHappened`) of the server until unmounted or until the returned
  /// function is called.
  on(event: string, listener: (event: Record<string, unknown>) => void): () => void;
  /// A text of the plugin's catalogue `i18n/<lang>.json`, with `{name}` filled from `values`; the key
  /// itself when there is none.
  t(key: string, values?: Record<string, string | number>): string;
  /// The device of this tab, always current; absent on pages that belong to no device.
  readonly device?: DeviceInfo;
  /// The devices of an action: those that were chosen (`devices_action`) or the one (`device_action`); empty elsewhere.
  readonly devices: readonly DeviceInfo[];
  /// Tells when `device` changed (online, renamed, ...).
  onDevice(listener: () => void): () => void;
  /// The caller's rights on the device (bits, control-protocol.md section 4.2).
  readonly rights: number;
  /// Opens a session with the device. See Tunnel.
  openTunnel(protocol: number, options?: Record<string, unknown>): Tunnel;
  /// Where in this part the person is, kept in the page's address; absent but for pages of the navigation
  /// (`site_page`).
  readonly place?: PartPlace;
  /// The plugin's own HTTP routes; absent for guests, who have none.
  readonly http?: PluginHttp;
  toast(text: string, kind?: 'info' | 'success' | 'error'): void;
  readonly theme: ThemeInfo;
  /// Adds CSS to the tab's shadow root.
  adopt(cssText: string): CSSStyleSheet;
  /// Marks the tab as having something running, or not.
  setLive(live: boolean): void;
  /// While `words` returns a text, the person is asked with it before this part is left, by whatever way: another
  /// page, its own close(), signing out, the browser's tab (which asks in words of the browser). Until unmounted, or
  /// until the returned function is called.
  holds(words: () => string | undefined): () => void;
  /// Unmounts and goes back to the device's first tab; closes the dialog of an action.
  close(): void;
}

export interface DeviceInfo {
  readonly id: string;
  readonly name: string;
  readonly groupId: string;
  readonly groupName: string;
  readonly online: boolean;
  readonly os: string;
  readonly platform: 'windows' | 'linux' | 'macos' | 'bsd' | 'android' | 'other';
}

/// The part of the page's address behind `?`: it survives reloading, and makes links and the browser's Back work.
export interface PartPlace {
  /// As it is now. It comes from a link that anybody may have made: check it.
  readonly values: Readonly<Record<string, string>>;
  /// Goes there, one step in the browser's history. Empty texts are left out.
  go(values: Record<string, string>): void;
  /// The same without a step: for filters and what is typed.
  replace(values: Record<string, string>): void;
  /// Tells when they have changed, by whomever, until unmounted or until the returned function is called.
  onChange(listener: () => void): () => void;
}

export interface PluginHttp {
  /// Address of a route below `/plugins/<id>/`, for links.
  url(path: string, query?: Record<string, string>): string;
  /// fetch() of such a route, with what proves that the request comes from this page.
  fetch(path: string, query: Record<string, string>, init?: RequestInit): Promise<Response>;
}

export interface ThemeInfo {
  readonly scheme: 'light' | 'dark';
  readonly contrast: 'normal' | 'high';
  onChange(listener: () => void): () => void;
  /// The value of a design token, for example `--color-surface`.
  token(name: string): string;
}

/// opening: asked for and not yet joined by the device. waiting: the device asks somebody for consent.
/// open: data flows. closed: over, with a reason in `reason`.
export type TunnelState = 'opening' | 'waiting' | 'open' | 'closed';

/// One session with a device through the relay. What one of its listeners throws, or rejects with, ends it.
export interface Tunnel {
  readonly state: TunnelState;
  /// The server's name for it; '' until it was opened.
  readonly id: string;
  /// What the server or the device last said about it (consent, refusal); '' when nothing.
  readonly reason: string;
  /// True while the server records the session; tells by onState when it does no more.
  readonly recorded: boolean;
  /// Called at every change of state or reason.
  onState: (() => void) | null;
  /// Receives the bytes of the device, one call at a time and in order: the next arrives after the
  /// returned promise resolved, so that a fast sender waits for a slow reader.
  onData: ((bytes: Uint8Array) => void | Promise<void>) | null;
  /// Receives control messages that are not about the state.
  onControl: ((message: Record<string, unknown>) => void) | null;
  /// Told how many bytes were left out, in browsers that cannot make a fast sender wait. While it is
  /// null the session is closed instead.
  onSkipped: ((bytes: number) => void) | null;
  /// Sends bytes; dropped (returns false) when not open or more than 1 MiB waits to be sent.
  send(bytes: Uint8Array): boolean;
  /// Sends a control message, such as {type:'termsize', cols, rows}.
  control(message: Record<string, unknown>): void;
  close(): void;
}
