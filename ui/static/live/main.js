// The live part of a page: sliders the server follows, frames the browser plays, charts in place.

const version = new URL(import.meta.url).search;
const names = ["wire", "stream", "charts", "sliders", "controls", "selection", "focus"];
const [
  { decode }, { Stream }, { Charts, library, theme }, { Player, element }, { Controls }, { Selection },
  { keepFocus },
] = await Promise.all(names.map((name) => import(`./${name}.js${version}`)));

const SETTLING = 250; // ms after the last move until the rest of the page is told
const mounted = new WeakMap();
const alive = new Map(); // by page: the live part on screen
const asking = new Map(); // by page: how to ask by a script run that only answers
const remembered = new Map(); // by page: zoom, camera, hidden lines; as long as the tab lives
let first = null; // the live part that was drawn before its page was there
keepFocus();

export default async function live({ parentElement, data, setStateValue }) {
  let one = mounted.get(parentElement);
  if (!one) {
    one = taken(parentElement, data) ?? new Live(parentElement);
    mounted.set(parentElement, one);
  }
  await one.receive(data, setStateValue);
  return () => {
    mounted.delete(parentElement);
    one.leave();
    one.node.remove(); // the place may be given to another component
  };
}

// Draw what a visit begins with before its page is there, unless the page was sooner.
export async function begin(place, data) {
  if (!place.isConnected) return;
  first = new Live(place);
  first.page = decode(data).scene.page;
  first.hold = new Hold(first.node);
  await first.receive(data, () => {});
}

// No page has come to take what was drawn.
export function abandon() {
  const one = first;
  first = null;
  one?.started.then(() => one.leave());
}

// A slider or a chart that is held would be lost if its node were moved: that waits until it is not.
// Where the release is never told (another window, a menu of the system), whatever says so counts.
class Hold {
  constructor(node) {
    this.pointers = new Set();
    this.then = null;
    const lift = ({ pointerId }) => this.release(pointerId);
    const lose = () => this.release(...this.pointers);
    this.told = {
      pointerdown: ({ target, pointerId, button }) => {
        if (button === 0 && node.contains(target)) this.pointers.add(pointerId);
      },
      pointerup: lift,
      pointercancel: lift,
      pointermove: ({ pointerId, buttons }) => buttons || this.release(pointerId),
      contextmenu: lose,
      blur: lose,
      visibilitychange: lose,
    };
    for (const [name, told] of Object.entries(this.told)) window.addEventListener(name, told, true);
  }

  // Do something once nothing is held: at once, or after what the release itself sets off.
  whenLetGo(then) {
    this.then = then;
    if (!this.pointers.size) this.end();
  }

  release(...pointers) {
    for (const one of pointers) this.pointers.delete(one);
    if (this.then) setTimeout(() => this.pointers.size || this.end());
  }

  end() {
    for (const [name, told] of Object.entries(this.told)) {
      window.removeEventListener(name, told, true);
    }
    this.then?.();
    this.then = null;
  }
}

// Move what was drawn before its page was there to where that wants it; null if it is not its own.
function taken(parent, data) {
  const cover = document.getElementById("first");
  const own = first && first.page === decode(data).scene.page ? first : null;
  if (own) first = null;
  abandon();
  const over = () => {
    const left = own && mounted.get(parent) !== own; // the page did not wait
    const seenAt = own && cover?.scrollTop ? own.node.getBoundingClientRect().top : null;
    if (own && !left) move(own.node, parent);
    cover?.remove();
    if (seenAt !== null && !left) keepAt(own.node, seenAt);
  };
  if (own) {
    mounted.set(parent, own);
    if (cover) cover.dataset.taken = "";
    own.hold.whenLetGo(over);
  } else over();
  return own;
}

// Keep a node where its visitor saw it while what stands above it still grows, unless they scroll.
function keepAt(node, top, frames = 60, last = null) {
  const page = document.querySelector('[data-testid="stMain"]');
  if (last !== null && page.scrollTop !== last) return;
  page.scrollTop += node.getBoundingClientRect().top - top;
  if (frames) requestAnimationFrame(() => keepAt(node, top, frames - 1, page.scrollTop));
}

// A slider that is held or focused stays so, where a browser can move a node as it is.
function move(node, parent) {
  const focused = node.contains(document.activeElement) ? document.activeElement : null;
  try {
    parent.moveBefore(node, null);
  } catch {
    parent.append(node);
    focused?.focus({ preventScroll: true });
  }
}

// The other component of a page: it answers, by script runs, what `Stream` asks.
export function replied({ data, setStateValue }) {
  const said = typeof data === "string" ? JSON.parse(data) : decode(data).header;
  const page = said.page ?? said.scene.page;
  const one = alive.get(page);
  asking.set(page, setStateValue);
  one?.askBy(setStateValue);
  if (said.scene || said.error) one?.stream.replied(data, said.seq);
}

class Live {
  constructor(parent) {
    this.number = 0; // of the last values told to the rest of the page
    this.node = element("div", { class: "live" });
    parent.append(this.node);
    style();
  }

  async receive(data, setStateValue) {
    this.setStateValue = setStateValue;
    const message = decode(data);
    const { mount } = message.header;
    message.asked = { ...mount.address, ...mount.values };
    this.started ??= this.start(message);
    await this.started;
    this.take(message, mount);
    this.stream.reran(mount.number);
  }

  // Show what a script run says, unless the visitor has moved on.
  take(message, mount) {
    const restarted = this.session !== undefined && this.session !== mount.session;
    this.session = mount.session;
    if (restarted && mount.number < this.number) {
      this.settle(); // the server began anew: tell it where the controls stand
      return;
    }
    if (mount.number < this.number) return; // older than what is on screen
    this.mount = mount;
    this.number = mount.number;
    if (this.moving) {
      if (this.stream.transport === "reruns") {
        this.pending = null;
        this.draw(message);
      }
      return;
    }
    this.pending = null;
    if (mount.frame !== this.told) this.frame = this.told = mount.frame; // as the address went back
    this.controls.show(mount.controls, mount.values, mount.home);
    this.draw(message);
  }

  async start({ header, scene }) {
    const { mount } = header;
    const { texts } = mount;
    if (!remembered.has(scene.page)) remembered.set(scene.page, {});
    this.library = scene.library;
    const plotly = await library(scene.library);
    this.mount = mount;
    this.selection = new Selection((selected) => this.showSelected(selected));
    this.charts = new Charts(
      plotly,
      remembered.get(scene.page),
      texts,
      (chart, row, column) => this.picked(chart, row, column),
      () => this.about()
    );
    this.frame = this.told = mount.frame;
    this.player = new Player({
      texts,
      onFrame: (frame) => this.showFrame(frame),
      onSettle: () => this.settleSoon(),
    });
    this.controls = new Controls({
      controls: mount.controls,
      texts,
      onMove: () => this.ask(),
      onSettle: () => this.settleSoon(),
      onJump: () => {
        this.ask();
        this.settleSoon();
      },
    });
    this.status = element("p", { class: "live-status", role: "status" });
    this.node.append(
      this.controls.node,
      element("div", { class: "live-bar" }, this.player.node, this.controls.buttons),
      this.selection.node,
      this.status,
      this.charts.node
    );
    this.stream = new Stream({
      mode: mount.transport,
      page: scene.page,
      onMessage: (bytes, asked) => this.streamed(bytes, asked),
      onRefusal: (sentence) => this.say(sentence),
      rerun: () => this.settle(),
      onTransport: (name) => {
        this.node.dataset.transport = name;
      },
      onSent: (name) => {
        this.node.dataset.asked = name;
      },
    });
    this.page = scene.page;
    alive.set(this.page, this);
    if (asking.has(this.page)) this.askBy(asking.get(this.page));
  }

  // A control moved. What a script run says about the values before must not undo that.
  ask() {
    this.moving = true;
    clearTimeout(this.settling);
    this.stream.ask({ ...this.mount.address, ...this.controls.values });
  }

  // A streamed answer to the question `asked`; returns the question's number.
  streamed(bytes, asked) {
    const message = decode(bytes);
    message.asked = asked;
    if (this.outdated(asked)) return message.header.seq;
    if (!this.pending) {
      const draw = () => {
        const newest = this.pending;
        this.pending = null;
        if (!newest) return;
        this.say("");
        this.draw(newest);
      };
      // Streamlit sends the next question by a timer: that goes first, or it waits for the charts.
      const asks = this.stream.transport === "reruns";
      queueMicrotask(asks ? () => setTimeout(draw) : draw);
    }
    this.pending = message;
    return message.header.seq;
  }

  // Whether a menu or a switch elsewhere on the page has moved since the question was asked, or
  // the visitor let go of the slider elsewhere: what is on screen then is newer.
  outdated(asked) {
    const told = (address) => JSON.stringify(Object.entries(address).sort());
    const { values } = this.controls;
    const meant = this.moving ? { ...asked, ...values } : { ...asked };
    return told(meant) !== told({ ...this.mount.address, ...values });
  }

  settleSoon() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      this.controls.resting = true;
      this.settle();
    }, SETTLING);
  }

  // Tell the rest of the page (text, address, exports) where the controls stand.
  settle() {
    clearTimeout(this.settling);
    this.moving = false;
    this.number += 1;
    const { start } = this.mount;
    const home = start === null ? this.atEnd() : this.frame === start;
    this.told = home ? start : this.frame;
    const frame = home ? null : this.frame;
    this.setStateValue("moved", { number: this.number, values: this.controls.values, frame });
    return this.number;
  }

  // A point was pressed, or a cell: it is marked, or two controls are set to what it stands for.
  picked({ picks, sets }, row, column) {
    if (picks) this.selection.select(row);
    if (!sets.length || column === undefined) return;
    const { controls } = this;
    const [across, up] = sets;
    const pressed = { [across]: controls.option(across, column), [up]: controls.option(up, row) };
    if (sets.every((name) => pressed[name] === controls.values[name])) return; // a tap comes twice
    controls.set(pressed);
  }

  draw(message) {
    const { scene, header } = message;
    this.newest = message;
    if (scene.library !== this.library) {
      this.change(scene.library);
      return;
    }
    const look = theme(this.node);
    if (this.mount.start === null) {
      const end = this.atEnd();
      this.frame = end ? scene.frames - 1 : Math.min(this.frame, scene.frames - 1);
    }
    this.message = message;
    this.controls.follow();
    const styled = `${header.id} ${this.onScreen()} ${JSON.stringify(look)}`;
    if (styled === this.styled) return;
    this.styled = styled;
    this.player.show(scene.frame_names, this.mount.texts.frame, this.onScreen());
    this.selection.show(scene.choice);
    this.charts.show(message, this.onScreen(), look, this.selection.index);
    const { seq, mount } = header;
    this.node.dataset.answered = mount ? `run ${mount.number}` : `question ${seq}`;
    this.node.dataset.drawn = header.id;
    this.node.dataset.count = Number(this.node.dataset.count ?? 0) + 1;
  }

  // The frame asked for, or the last one while there are fewer.
  onScreen() {
    return Math.min(this.frame, this.message.scene.frames - 1);
  }

  // What is on screen, as an address says it; of what the live part has no part in, as it is said.
  about() {
    const { scene, asked } = this.message;
    const { start, parameter } = this.mount;
    const frame = this.onScreen();
    const address = { ...Object.fromEntries(new URLSearchParams(location.search)), ...asked };
    delete address[parameter];
    delete address.key; // of a visitor's own vectors: whoever has it can see them
    if (frame !== (start ?? scene.frames - 1)) address[parameter] = String(frame);
    const [page] = scene.page.split(":"); // a part of a page has the page's own settings
    return { page, address, frames: scene.frames };
  }

  async change(name) {
    const plotly = await library(name);
    if (this.newest.scene.library !== name || this.library === name) return;
    this.library = name;
    this.charts.use(plotly);
    this.styled = null;
    this.draw(this.newest);
  }

  atEnd() {
    if (this.frame === null) return true;
    return this.message !== undefined && this.message.scene.frames - 1 <= this.frame;
  }

  showFrame(frame) {
    this.frame = frame;
    const look = theme(this.node);
    this.styled = `${this.message.header.id} ${frame} ${JSON.stringify(look)}`;
    this.charts.move(this.message, frame, look, this.selection.index);
  }

  showSelected(selected) {
    this.charts.mark(this.message, this.onScreen(), theme(this.node), selected);
  }

  say(sentence) {
    this.status.textContent = sentence;
  }

  askBy(setStateValue) {
    this.stream.rerunAlone = (text) => setStateValue("asked", { text, after: this.number });
  }

  leave() {
    if (alive.get(this.page) === this) alive.delete(this.page);
    clearTimeout(this.settling);
    this.pending = null;
    this.hold?.end(); // nobody waits any more until it is let go
    this.player?.pause();
    this.stream?.close();
    this.charts?.leave();
  }
}

function style() {
  if (document.getElementById("live-style")) return;
  const href = new URL(`./live.css${version}`, import.meta.url).href;
  document.head.append(element("link", { id: "live-style", rel: "stylesheet", href }));
}
