// The sliders that the server follows: where they stand, where they stood before, their buttons.

const version = new URL(import.meta.url).search;
const { Slider, element } = await import(`./sliders.js${version}`);

export class Controls {
  // `onMove` follows a slider that is held, `onSettle` one that was let go, `onJump` several that
  // were set at once.
  constructor({ controls, texts, onMove, onSettle, onJump }) {
    this.onJump = onJump;
    this.sliders = new Map();
    this.values = {};
    this.home = {};
    this.past = [];
    this.resting = true; // nothing moved since the rest of the page was told
    const nodes = controls.map(({ name }) => {
      const slider = new Slider({
        onInput: (value) => {
          this.moved(name, value);
          onMove();
        },
        onChange: onSettle,
      });
      this.sliders.set(name, slider);
      return slider.node;
    });
    const button = (act, text) => element("button", { type: "button", onclick: act }, text);
    this.undo = button(() => this.back(), texts.undo);
    this.node = element("div", { class: "live-controls" }, ...nodes);
    this.buttons = element("div", { class: "live-buttons", hidden: !nodes.length }, this.undo,
      button(() => this.set(this.home), texts.reset));
  }

  // Stand where the page says.
  show(described, values, home) {
    this.described = described;
    this.home = home;
    this.stand({ ...values });
  }

  stand(values) {
    this.values = values;
    for (const control of this.described) {
      this.sliders.get(control.name).show(control, values[control.name]);
    }
  }

  moved(name, value) {
    if (this.resting) this.past.push({ ...this.values });
    this.resting = false;
    this.values[name] = value;
  }

  // Set some controls at once; the ones before can be had back.
  set(values) {
    this.past.push({ ...this.values });
    this.jump({ ...this.values, ...values });
  }

  back() {
    const last = this.past.pop();
    if (last) this.jump(last);
  }

  jump(values) {
    this.stand(values);
    this.onJump();
  }

  option(name, place) {
    return this.described.find((control) => control.name === name).options[place];
  }

  follow() {
    this.undo.disabled = this.past.length === 0;
  }
}
