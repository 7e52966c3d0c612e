// Plotly charts that are drawn once and then moved in place, each with its words and its numbers.

const version = new URL(import.meta.url).search;
const { filled, take } = await import(`./wire.js${version}`);
const { element } = await import(`./sliders.js${version}`);
const exporting = () => import(`./export.js${version}`); // nothing of it is needed at first

const NOTHING = 1e-6; // a camera that is set and read again has moved less
const NARROW = 480; // pixels; below, the titles of three axes need more room around the box
const AXES = ["xaxis", "yaxis", "yaxis2"];
const CONFIG = { displayModeBar: false, doubleClick: false };
const libraries = new Map();

// The one copy of the chart library a page uses.
export function library(name) {
  if (!libraries.has(name)) {
    libraries.set(
      name,
      new Promise((resolve, reject) => {
        const src = new URL(`../plotly/plotly-${name}.min.js${version}`, import.meta.url).href;
        const script = element("script", { src });
        script.onload = () => resolve(window.Plotly);
        script.onerror = () => {
          libraries.delete(name);
          reject(new Error(name));
        };
        document.head.append(script);
      })
    );
  }
  return libraries.get(name);
}

export function theme(root) {
  const style = getComputedStyle(root);
  const read = (name, other) => style.getPropertyValue(name).trim() || other;
  return {
    text: read("--st-text-color", "#1a1d21"),
    line: read("--st-border-color", "#d5d9e0"),
    font: read("--st-font", "sans-serif"),
  };
}

// Charts that come into sight together are drawn one after another, with a frame between.
const waiting = [];
function inTurn(draw) {
  if (waiting.push(draw) === 1) drawNext();
}

function drawNext() {
  requestAnimationFrame(() => setTimeout(() => {
    waiting.shift();
    if (waiting.length) drawNext();
  }));
  waiting[0]();
}

const at = (list, frame) => list[Math.min(frame, list.length - 1)] ?? "";

// What an animation cannot change: all of a trace but its points, which stay as many as they are.
const withoutNumbers = ({ x, y, ...others }) => [others, x?.length, y?.length];

// All of a layout but the ranges of its axes; where one follows another's, these too.
function withoutRanges(layout) {
  if (AXES.some((name) => layout[name]?.scaleanchor)) return layout;
  const own = AXES.filter((name) => layout[name]);
  return { ...layout, ...Object.fromEntries(own.map((name) => [name, { ...layout[name], range: 0 }])) };
}

// How far apart two cameras are, in lengths of the box's edge; what one leaves out is not counted.
function apart(one, other) {
  const distances = ["eye", "center", "up"].flatMap((point) =>
    ["x", "y", "z"].map((axis) => Math.abs(one[point][axis] - (other[point]?.[axis] ?? one[point][axis])))
  );
  return Math.max(...distances);
}

class Chart {
  constructor(plotly, view, texts, onPick, about) {
    Object.assign(this, { plotly, view, texts, onPick, about });
    this.every = this.button(texts.csv_every, () => this.csvOfEveryFrame());
    this.title = element("figcaption");
    this.plot = element("div", { class: "live-plot", "aria-hidden": "true" });
    this.image = element("div", { role: "img" }, this.plot);
    this.badge = element("span", { class: "live-badge" });
    this.note = element("small", { class: "live-note" });
    this.table = element("div", { class: "live-table", tabindex: 0, role: "group" });
    this.numbers = element(
      "details",
      {},
      element("summary", {}, texts.numbers),
      element(
        "div",
        { class: "live-buttons" },
        this.button(texts.csv, () => this.csv()),
        this.every,
        this.button(texts.png, () => this.picture("png")),
        this.button(texts.svg, () => this.picture("svg")),
        this.button(texts.settings, () => this.saveSettings()),
        this.button(texts.reset_view, () => this.resetView())
      ),
      this.table
    );
    this.numbers.addEventListener("toggle", () => this.tabulate());
    this.node = element(
      "figure",
      { class: "live-chart" },
      element("div", { class: "live-head" }, this.title, this.badge),
      this.note,
      this.image,
      this.numbers
    );
    this.seen = false;
    this.observer = new IntersectionObserver(
      ([entry]) => {
        this.seen = entry.isIntersecting;
        inTurn(() => this.seen && this.late && this.draw());
      },
      { rootMargin: "150px" }
    );
    this.observer.observe(this.node);
    // Each drawing sets the camera: while a cloud is held it is not drawn, but once it is let go.
    this.plot.addEventListener("pointerdown", () => {
      this.held = true;
      const letGo = () => {
        for (const name of ["pointerup", "pointercancel"]) removeEventListener(name, letGo, true);
        this.held = false;
        if (this.seen && this.late) setTimeout(() => this.draw());
      };
      for (const name of ["pointerup", "pointercancel"]) addEventListener(name, letGo, true);
    });
    // Plotly would measure its node before each drawing, and the browser lay out the page for it.
    this.sizes = new ResizeObserver(([{ contentRect }]) => this.resize(contentRect.width));
    this.sizes.observe(this.plot);
  }

  resize(width) {
    if (!width || width === this.width) return;
    this.width = width;
    if (this.listening) this.resetDrawing();
  }

  button(text, act) {
    return element("button", { type: "button", onclick: act }, text);
  }

  show(chart, arrays, frame, look, selected) {
    Object.assign(this, { chart, arrays, frame, look, selected });
    const sentence = at(chart.sentences, frame);
    this.title.textContent = at(chart.titles, frame);
    this.image.setAttribute("aria-label", `${this.title.textContent}. ${sentence}`);
    this.table.setAttribute("aria-label", `${this.texts.numbers}: ${this.title.textContent}`);
    this.every.hidden = !JSON.stringify(chart.columns).includes('"frame"');
    this.badge.textContent = at(chart.badges, frame);
    this.badge.hidden = !this.badge.textContent;
    this.note.textContent = chart.note;
    this.late = true;
    if (this.seen) this.draw();
    this.tabulate();
  }

  draw() {
    this.late = this.held && this.chart.traces.some(({ type }) => type === "scatter3d");
    if (this.late) return;
    const { chart, arrays, frame, look, selected } = this;
    const given = filled(chart.layout, arrays, frame, selected);
    const data = chart.traces.map((trace) => filled(trace, arrays, frame, selected));
    const flat = data.every(({ type }) => type === "scatter");
    const still = JSON.stringify([data.map(withoutNumbers), withoutRanges(given), look]);
    if (flat && still === this.still) this.move(data, given);
    else this.redraw(data, given);
    this.still = still;
  }

  // Nothing but numbers has changed: points, and ranges of axes, go where they belong.
  move(data, given) {
    const layout = {};
    for (const name of AXES) {
      const range = this.view[name] ?? given[name]?.range;
      if (range && String(range) !== String(this.plot.layout[name].range)) layout[name] = { range };
    }
    this.plotly.animate(
      this.plot,
      { data: data.map(({ x, y }) => ({ x, y })), traces: data.map((_, index) => index), layout },
      { transition: { duration: 0 }, frame: { duration: 0, redraw: false }, mode: "immediate" }
    );
  }

  redraw(data, given) {
    this.width ??= this.plot.clientWidth;
    data.forEach((trace, index) => {
      const visible = this.view.visible?.[index];
      if (visible !== undefined) trace.visible = visible;
    });
    this.keepCamera();
    const layout = this.layout(given, this.look);
    this.plotly.react(this.plot, data, layout, CONFIG);
    this.camera = layout.scene?.camera;
    this.takeEveryTurn();
    if (!this.listening) this.listen();
  }

  // A drawing sets the clock of Plotly's camera up to 0.4 s ahead, and what a visitor turns before
  // that time would be left out: so it counts as turned at that time.
  takeEveryTurn() {
    const view = this.plot._fullLayout?.scene?._scene?.camera?.view;
    if (!view || this.view3d === view) return;
    this.view3d = view;
    for (const name of ["rotate", "pan"]) {
      const act = view[name].bind(view);
      view[name] = (time, ...far) => act(Math.max(time, view.lastT() + 0.01), ...far);
    }
  }

  layout(given, look) {
    const axis = (asked = {}, own = {}) => ({
      gridcolor: look.line,
      zerolinecolor: look.line,
      linecolor: look.line,
      ...asked,
      ...own,
    });
    const layout = {
      ...given,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: look.text, family: look.font, size: 12 },
      autosize: false,
      width: this.width,
    };
    if (given.scene) {
      const three = given.scene;
      const { eye } = three.camera;
      const far = this.width < NARROW ? 1.25 : 1;
      const home = { ...three.camera, eye: { x: far * eye.x, y: far * eye.y, z: far * eye.z } };
      layout.scene = { ...three, camera: structuredClone(this.view.camera ?? home) };
      for (const name of ["xaxis", "yaxis", "zaxis"]) layout.scene[name] = axis(three[name]);
    } else {
      for (const name of AXES) {
        if (given[name]) layout[name] = axis(given[name], this.view[name] && { range: this.view[name] });
      }
      if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false; // a finger scrolls
    }
    return layout;
  }

  // Keep where a visitor has turned a cloud to. Plotly says so one movement late and of a finger
  // never, and each drawing sets the camera of its layout: so it is read from the scene itself.
  keepCamera() {
    const now = this.plot._fullLayout?.scene?._scene?.getCamera();
    if (now && this.camera && apart(now, this.camera) > NOTHING) this.view.camera = now;
  }

  // What a visitor did to the view is kept here, and put into every layout that follows.
  listen() {
    this.listening = true;
    this.plot.on("plotly_relayout", (edit) => {
      for (const name of AXES) {
        const low = edit[`${name}.range[0]`];
        const high = edit[`${name}.range[1]`];
        if (low !== undefined && high !== undefined) this.view[name] = [low, high];
      }
    });
    this.plot.on("plotly_restyle", ([edit, indices]) => {
      if (edit.visible === undefined) return;
      this.view.visible ??= {};
      indices.forEach((index, place) => {
        const one = Array.isArray(edit.visible) ? edit.visible[place] : edit.visible;
        this.view.visible[index] = one;
      });
    });
    this.plot.on("plotly_doubleclick", () => this.resetView());
    this.plot.on("plotly_click", ({ points: [point] }) => {
      const [row, column] = [point.pointNumber].flat(); // of a matrix; else there is one number
      this.onPick(this.chart, row, column);
    });
  }

  resetView() {
    for (const name of Object.keys(this.view)) delete this.view[name];
    this.camera = null;
    this.resetDrawing();
  }

  resetDrawing() {
    this.still = null;
    this.draw();
  }

  columns() {
    return this.chart.columns.map(([title, cells]) => [
      title,
      Array.isArray(cells) ? cells : take(cells, this.arrays, this.frame, this.selected),
    ]);
  }

  tabulate() {
    if (!this.numbers.open || !this.chart) return;
    const columns = this.columns();
    const rows = Array.from({ length: columns[0][1].length }, (_, row) =>
      element("tr", {}, ...columns.map(([, cells]) => element("td", {}, shown(cells[row]))))
    );
    const heads = columns.map(([title]) => element("th", { scope: "col" }, title));
    this.table.replaceChildren(
      element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows))
    );
  }

  // `about` says what is on screen: the page, its address, how many frames there are.
  async save(write, suffix, type) {
    const { page, ...about } = this.about();
    const taken = await exporting();
    const content = await write(taken, { page, ...about });
    taken.save(content, `contranorm-${page}-${this.chart.key}.${suffix}`, type);
  }

  csv() {
    return this.save(({ csv }) => csv(this.columns()), "csv", "text/csv");
  }

  csvOfEveryFrame() {
    const { chart, arrays, selected, texts } = this;
    const write = ({ csv, everyFrame }, { frames }) =>
      csv(everyFrame(chart, arrays, frames, selected, texts.frame));
    return this.save(write, "every.csv", "text/csv");
  }

  saveSettings() {
    const write = ({ settings }, { page, address }) => settings(page, address);
    return this.save(write, "json", "application/json");
  }

  picture(format) {
    this.keepCamera();
    const { chart, arrays, frame, selected, view } = this;
    const data = chart.traces.map((trace, index) => ({
      ...filled(trace, arrays, frame, selected),
      ...(view.visible?.[index] !== undefined && { visible: view.visible[index] }),
    }));
    const told = { format, title: this.title.textContent, width: this.plot.clientWidth };
    const write = ({ PAPER, picture }, about) => {
      const layout = this.layout(filled(chart.layout, arrays, frame, selected), PAPER);
      return picture(this.plotly, { data, layout }, { ...told, ...about });
    };
    return this.save(write, format);
  }

  leave() {
    this.seen = false; // nothing is drawn any more, not even what was held
    this.observer.disconnect();
    this.sizes.disconnect();
    this.keepCamera();
    if (this.listening) this.plotly.purge(this.plot);
  }
}

function shown(cell) {
  if (typeof cell !== "number") return cell;
  return Number.isFinite(cell) ? String(Number(cell.toPrecision(4))) : "–";
}

export class Charts {
  constructor(plotly, views, texts, onPick, about) {
    Object.assign(this, { plotly, views, texts, onPick, about });
    this.charts = new Map();
    this.findings = element("ul", { class: "live-findings" });
    this.node = element("div", { class: "live-rows" });
  }

  show({ scene, arrays }, frame, look, selected) {
    const keys = scene.charts.map(({ key, row, folded }) => `${row} ${key} ${folded}`).join();
    if (keys !== this.keys) this.build(scene, keys);
    this.say(scene, frame);
    for (const chart of scene.charts) {
      this.charts.get(chart.key).show(chart, arrays, frame, look, selected);
    }
  }

  say(scene, frame) {
    const sentences = [...scene.findings, ...(scene.frame_findings[frame] ?? [])];
    this.findings.replaceChildren(...sentences.map((text) => element("li", {}, ...strong(text))));
  }

  move({ scene, arrays }, frame, look, selected) {
    if (scene.frame_findings.length) this.say(scene, frame);
    for (const chart of scene.charts) {
      const moves =
        chart.titles.length > 1 ||
        chart.sentences.length > 1 ||
        JSON.stringify([chart.traces, chart.layout]).includes('"frame"');
      if (moves) this.charts.get(chart.key).show(chart, arrays, frame, look, selected);
    }
  }

  // Mark what was selected in every chart that shows it.
  mark({ scene, arrays }, frame, look, selected) {
    for (const chart of scene.charts) {
      const marks = JSON.stringify([chart.traces, chart.layout, chart.columns]).includes('"selected"');
      if (marks) this.charts.get(chart.key).show(chart, arrays, frame, look, selected);
    }
  }

  build(scene, keys) {
    this.leave();
    this.keys = keys;
    this.charts.clear();
    const rows = new Map();
    for (const { key, row, folded } of scene.charts) {
      this.views[key] ??= {};
      const chart = new Chart(this.plotly, this.views[key], this.texts, this.onPick, this.about);
      this.charts.set(key, chart);
      if (!rows.has(row)) rows.set(row, { folded, nodes: [] });
      rows.get(row).nodes.push(chart.node);
    }
    const parts = [...rows.values()].map(({ folded, nodes }) => {
      const row = element("div", { class: "live-row" }, ...nodes);
      if (!folded) return row;
      return element("details", { class: "live-fold" }, element("summary", {}, folded), row);
    });
    this.node.replaceChildren(parts[0], this.findings, ...parts.slice(1));
  }

  // Draw everything anew with another copy of the chart library.
  use(plotly) {
    this.leave();
    this.plotly = plotly;
    this.keys = null;
  }

  leave() {
    for (const chart of this.charts.values()) chart.leave();
  }
}

// **bold** in a sentence; everything else is text and stays text.
function strong(text) {
  return text
    .split("**")
    .map((part, index) => (index % 2 ? element("strong", {}, part) : part));
}
