import type { App } from './app';
import { asciicast } from './asciicast';
import { DesktopStage } from './desktop_stage';
import { button, debounced, h, save, select } from './dom';
import { FilesStage } from './files_stage';
import { bytes, clock, when } from './format';
import { hitList } from './list_view';
import { Fault } from './fault';
import { BadRecording, Recording } from './mcrec';
import type { Entry, SearchAnswer } from './model';
import { faultText, noteText } from './notes';
import { Player } from './player';
import { ServerSource } from './source';
import type { Stage } from './stage';
import { TerminalStage } from './terminal_stage';

const speeds = [0.5, 1, 2, 4, 8, 16];
const kStep = 5_000;
const kSeekStep = 100; // the last one is the end, or behind it

/// One recording: screen, controls, export and the search in its text. `isHere`: nobody has left meanwhile.
export async function showPlayer(app: App, what: Parameters<App['play']>[0], isHere: () => boolean): Promise<void> {
  const opened = await app.attempt(async () => {
    const entry = 'id' in what ? await app.context.call<Entry>('recording.open', { id: what.id }) : undefined;
    const source = 'source' in what ? what.source : new ServerSource(entry!.name, entry!.size, entry!.id);
    try {
      const recording = await Recording.open(source);
      if (recording.kind === 'other') throw new Fault('player.otherKind', { protocol: recording.first.protocol });
      return { entry, recording };
    } catch (error) {
      throw error instanceof BadRecording ? new Fault('player.noRecording', { name: source.name }) : error;
    }
  });
  if (!isHere()) return;
  if (!opened) return app.giveUp();
  new PlayerView(app, opened.recording, opened.entry).show('at' in what ? what.at : undefined);
}

class PlayerView {
  private readonly place = h('div', { class: 'place' });
  private readonly stageBox = h('div', { class: 'stage' }, this.place);
  private readonly notice = h('p', { class: 'notice', role: 'status', hidden: true });
  private readonly playButton = h('button', { type: 'button', class: 'btn primary small', test: 'player-play' });
  private readonly seeker = h('input', { type: 'range', class: 'seek', min: '0', step: String(kSeekStep), test: 'player-seek' });
  private readonly time = h('span', { class: 'time', test: 'player-time' });
  private readonly player: Player;
  private isDragging = false;
  private exporting: AbortController | undefined;

  constructor(
    private readonly app: App,
    private readonly recording: Recording,
    private readonly entry: Entry | undefined,
  ) {
    const view = h('div', { class: 'player' }, this.head(), this.stageBox, this.notice, this.controls(), this.searchBox());
    app.root.replaceChildren(view);
    this.player = new Player(recording, this.makeStage());
    this.player.onChange = () => this.update();
    this.player.onFault = (error) => this.say(faultText(app.t, error));
    app.onLeave(() => this.player.dispose());
    app.onLeave(() => this.exporting?.abort());
    // Before a terminal takes them.
    view.addEventListener('keydown', (event) => this.onKey(event), true);
    this.seeker.max = String(Math.max(kSeekStep, Math.ceil(recording.duration / kSeekStep) * kSeekStep));
    this.update();
  }

  /// Starts at once; from a found line it stands still at its place.
  show(at: number | undefined): void {
    this.playButton.focus();
    if (at !== undefined) void this.player.seek(at);
    else this.player.play();
  }

  private makeStage(): Stage {
    const { t } = this.app;
    const { kind } = this.recording;
    this.stageBox.classList.add(kind);
    if (kind !== 'files') {
      this.stageBox.tabIndex = 0;
      this.stageBox.setAttribute('role', 'region');
      this.stageBox.setAttribute('aria-label', t('player.screen'));
    }
    if (kind === 'terminal') return new TerminalStage(this.recording, this.place, this.app.context);
    if (kind === 'files') return new FilesStage(this.recording, this.place, (key, values) => this.app.context.t(key, values));
    const stage = new DesktopStage(this.recording, this.place, t('player.screen'));
    stage.onFault = () => this.say(t('player.noCodec'));
    return stage;
  }

  private head(): HTMLElement {
    const { t } = this.app;
    const { first } = this.recording;
    const who = this.entry?.guest ? t('list.guest', { guest: this.entry.guest, user: this.entry.userName }) : first.username;
    const facts = [t(`kind.${this.recording.kind}`), who, when(this.recording.startTime), bytes(this.recording.source.size)].filter(Boolean).join(' · ');
    return h(
      'div',
      { class: 'head' },
      button(t('player.back'), () => this.app.back(), { class: 'btn small', test: 'player-back' }),
      h('div', { class: 'grow' }, h('h1', {}, first.devicename || this.entry?.deviceName || this.recording.source.name), h('p', { class: 'soft' }, facts, this.entry?.state === 'cut' && h('span', { class: 'badge warn' }, noteText(t, this.entry.note)))),
      this.exportButton(),
    );
  }

  private exportButton(): HTMLElement | false {
    const { t } = this.app;
    const { kind, source } = this.recording;
    const base = source.name.replace(/\.mcrec$/, '');
    if (kind === 'terminal') return button(t('export.asciicast'), () => void this.app.attempt(async () => save(`${base}.cast`, await asciicast(this.recording))), { class: 'btn small', test: 'player-export' });
    if (kind !== 'desktop') return false;
    const made = button(t('export.video'), () => void this.exportVideo(made, base), { class: 'btn small', test: 'player-export' });
    return made;
  }

  /// While it is written the button ends it.
  private async exportVideo(made: HTMLButtonElement, base: string): Promise<void> {
    if (this.exporting) return this.exporting.abort();
    const { signal } = (this.exporting = new AbortController());
    const tell = (share: number): void => void (made.textContent = this.app.t('export.running', { percent: Math.round(share * 100) }));
    tell(0);
    await this.app.attempt(async () => {
      const { exportVideo } = await import('./video');
      const video = await exportVideo(this.recording, tell, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
      if (video) save(`${base}.${video.extension}`, video.data);
    });
    this.exporting = undefined;
    made.textContent = this.app.t('export.video');
  }

  private controls(): HTMLElement {
    const { t } = this.app;
    this.playButton.addEventListener('click', () => (this.player.playing ? this.player.pause() : this.player.play()));
    this.seeker.setAttribute('aria-label', t('player.seek'));
    this.seeker.addEventListener('input', () => {
      this.isDragging = true;
      void this.player.seek(Number(this.seeker.value)).then(() => {
        this.isDragging = false;
        this.seeker.dispatchEvent(new Event('seeked'));
      });
    });
    const skip = h('input', { type: 'checkbox', test: 'player-skip' });
    skip.addEventListener('change', () => (this.player.skipIdle = skip.checked));
    const speed = select(speeds.map((each) => [String(each), `${each}×`]), '1', (value) => (this.player.speed = Number(value)), { 'aria-label': t('player.speed'), test: 'player-speed' });
    return h('div', { class: 'controls', role: 'group', 'aria-label': t('player.controls') }, this.playButton, this.seeker, this.time, speed, h('label', { class: 'check' }, skip, h('span', {}, t('player.skip'))));
  }

  private searchBox(): HTMLElement | false {
    const { t } = this.app;
    const { entry } = this;
    if (!entry?.hasText) return false;
    const results = h('div', { class: 'results' });
    const input = h('input', { class: 'input', type: 'search', placeholder: t('player.search'), 'aria-label': t('player.search'), test: 'player-search' });
    const find = debounced(() => {
      const text = input.value.trim();
      if (text.length < 2) {
        results.replaceChildren();
        return;
      }
      void this.app.attempt(async () => {
        const answer = await this.app.context.call<SearchAnswer>('recording.search', { id: entry.id, text });
        results.replaceChildren(...hitList(this.app, answer, (hit) => void this.player.seek(hit.atMs)));
      });
    }, 300);
    input.addEventListener('input', find);
    this.app.onLeave(find.stop);
    return h('div', { class: 'find' }, input, results);
  }

  private onKey(event: KeyboardEvent): void {
    const step = { ArrowLeft: -kStep, ArrowRight: kStep }[event.key];
    if (event.ctrlKey || event.altKey || event.metaKey || !(step || event.key === ' ')) return;
    if (event.target !== this.seeker && hasOwnUse(event.target as HTMLElement, event.key)) return;
    if (step) void this.player.seek(this.player.position + step);
    else this.playButton.click();
    event.preventDefault();
    event.stopPropagation();
  }

  private say(text: string): void {
    this.notice.textContent = text;
    this.notice.hidden = false;
  }

  private update(): void {
    const { player } = this;
    const { t } = this.app;
    const label = t(player.playing ? 'player.pause' : 'player.play');
    if (this.playButton.textContent !== label) this.playButton.textContent = label;
    if (!this.isDragging) this.seeker.value = String(player.position);
    const text = `${clock(player.position)} / ${clock(player.duration)}`;
    if (this.time.textContent === text) return;
    this.time.textContent = text;
    this.seeker.setAttribute('aria-valuetext', text);
  }
}

/// Whether what has the focus does something with this key itself.
function hasOwnUse(element: HTMLElement, key: string): boolean {
  if (element instanceof HTMLSelectElement) return true;
  if (element instanceof HTMLInputElement) return element.type !== 'checkbox' || key === ' ';
  return key === ' ' && /^(BUTTON|A)$/.test(element.tagName);
}
