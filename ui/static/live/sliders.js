// Native range inputs on a grid of values, and the frame on screen with Play and Step.

const MOST_FRAMES = 80; // that Play shows, but when it is fast

let count = 0;

export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node[key] = value;
    else if (value !== false && value !== null) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

export class Slider {
  constructor({ onInput, onChange }) {
    const id = `live-slider-${++count}`;
    this.name = element("label", { for: id });
    this.value = element("span", { class: "live-value", "aria-hidden": "true" });
    this.range = element("input", { type: "range", id, min: 0, step: 1 });
    this.zone = element("div", { class: "live-zone" });
    this.note = element("small", { class: "live-note", id: `${id}-note` });
    this.range.setAttribute("aria-describedby", this.note.id);
    this.node = element(
      "div",
      { class: "live-slider" },
      element("div", { class: "live-head" }, this.name, this.value),
      element("div", { class: "live-track" }, this.zone, this.range),
      this.note
    );
    this.range.addEventListener("input", () => {
      this.say();
      onInput(this.option);
    });
    this.range.addEventListener("change", () => onChange(this.option));
  }

  get option() {
    return this.options[this.range.valueAsNumber];
  }

  show({ label, options, zone, help, note }, value) {
    this.options = options;
    this.name.textContent = label;
    this.range.max = options.length - 1;
    this.range.value = Math.max(0, options.indexOf(value));
    this.node.title = help ?? "";
    this.note.textContent = note ?? "";
    this.zone.hidden = !zone;
    if (zone) {
      const [low, high] = zone.map((edge) => (100 * options.indexOf(edge)) / (options.length - 1));
      this.zone.style.left = `${low}%`;
      this.zone.style.width = `${high - low}%`;
    }
    this.say();
  }

  say() {
    this.value.textContent = this.option;
    this.range.setAttribute("aria-valuetext", this.option);
  }
}

export class Player {
  constructor({ texts, onFrame, onSettle }) {
    this.texts = texts;
    this.onFrame = onFrame;
    this.onSettle = onSettle;
    this.slider = new Slider({
      onInput: () => this.go(this.slider.range.valueAsNumber),
      onChange: () => this.onSettle(),
    });
    this.play = element("button", { type: "button", onclick: () => this.toggle() }, texts.play);
    const by = (step, text) =>
      element("button", { type: "button", onclick: () => this.step(step) }, text);
    this.speed = element(
      "select",
      { "aria-label": texts.speed },
      ...["slow", "medium", "fast"].map((name) => element("option", { value: name }, texts[name]))
    );
    this.speed.value = "medium";
    this.node = element(
      "div",
      { class: "live-player" },
      this.slider.node,
      element(
        "div",
        { class: "live-buttons" },
        this.play,
        by(-1, texts.back),
        by(1, texts.step),
        this.speed
      )
    );
  }

  // Frames may have changed; whoever was at the end stays at the end.
  show(names, label, frame) {
    this.names = names;
    this.frame = frame;
    this.node.hidden = names.length < 2;
    this.slider.show({ label, options: names }, names[frame]);
  }

  go(frame) {
    this.frame = Math.max(0, Math.min(frame, this.names.length - 1));
    this.slider.range.value = this.frame;
    this.slider.say();
    this.onFrame(this.frame);
  }

  step(by) {
    this.pause();
    this.go(this.frame + by);
    this.onSettle();
  }

  toggle() {
    if (this.playing) {
      this.pause();
      this.onSettle();
      return;
    }
    if (this.frame === this.names.length - 1) this.go(0);
    this.play.textContent = this.texts.pause;
    let last = performance.now();
    const tick = (now) => {
      const wait = { slow: 500, medium: 160, fast: 0 }[this.speed.value];
      if (now - last >= wait) {
        last = now;
        this.go(this.frame + (wait ? Math.ceil(this.names.length / MOST_FRAMES) : 1));
      }
      if (this.frame === this.names.length - 1) {
        this.pause();
        this.onSettle();
      } else {
        this.playing = requestAnimationFrame(tick);
      }
    };
    this.playing = requestAnimationFrame(tick);
  }

  pause() {
    cancelAnimationFrame(this.playing);
    this.playing = null;
    this.play.textContent = this.texts.play;
  }
}
