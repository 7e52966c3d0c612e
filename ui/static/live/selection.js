// What is marked in every chart, a token say: chosen in a menu, or by pressing a chart.

const version = new URL(import.meta.url).search;
const { element } = await import(`./sliders.js${version}`);

let count = 0;

export class Selection {
  constructor(onSelect) {
    this.onSelect = onSelect;
    this.index = 0;
    const id = `live-choice-${++count}`;
    this.name = element("label", { for: id });
    this.menu = element("select", { id, onchange: () => this.select(this.menu.selectedIndex) });
    this.node = element("div", { class: "live-choice", hidden: true }, this.name, this.menu);
  }

  // What was marked stays marked for as long as there are the same things to choose from.
  show(choice) {
    this.node.hidden = !choice;
    const options = choice?.options ?? [];
    const said = JSON.stringify(options);
    if (said !== this.said) {
      this.said = said;
      this.index = choice?.start ?? 0;
      this.menu.replaceChildren(
        ...options.map((option, index) => element("option", { value: index }, option))
      );
    }
    this.name.textContent = choice?.label ?? "";
    this.menu.selectedIndex = this.index;
  }

  select(index) {
    if (!(index in this.menu.options) || index === this.index) return;
    this.index = this.menu.selectedIndex = index;
    this.onSelect(index);
  }
}
