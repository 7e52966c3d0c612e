// The button that copies the page's link; and, in a frame of the one site allowed, a message that
// lets that site's address bar follow the page's.

const PAUSE = 300; // ms between two looks at the address, which tells nobody when it changes
const mounted = new WeakMap();

export default function share({ parentElement, data }) {
  let one = mounted.get(parentElement);
  if (!one) {
    one = new Share(parentElement, data);
    mounted.set(parentElement, one);
  }
  one.say(data.said);
  return () => {
    clearInterval(one.following);
    mounted.delete(parentElement);
  };
}

class Share {
  constructor(parent, { texts, parent: site }) {
    this.texts = texts;
    const root = document.createElement("div");
    root.className = "live";
    const bar = document.createElement("div");
    bar.className = "live-buttons";
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.textContent = texts.copy;
    this.button.onclick = () => this.copy();
    this.link = document.createElement("input");
    this.link.className = "live-link";
    this.link.readOnly = true;
    this.link.hidden = true;
    this.link.setAttribute("aria-label", texts.link);
    this.said = document.createElement("span");
    this.said.setAttribute("role", "status");
    bar.append(this.button, this.link, this.said);
    root.append(bar);
    parent.append(root);
    style();
    if (window.parent !== window) this.follow(site);
  }

  say(happened) {
    if (happened) this.said.textContent = happened;
    else if (this.told) this.said.textContent = ""; // the page has gone on
    this.told = Boolean(happened);
  }

  async copy() {
    this.said.textContent = ""; // so that the same words are spoken again
    const link = location.href;
    try {
      await navigator.clipboard.writeText(link);
      this.link.hidden = true;
      this.said.textContent = this.texts.copied;
    } catch {
      this.link.value = link;
      this.link.hidden = false;
      this.link.focus();
      this.link.select();
      this.said.textContent = this.texts.select;
    }
  }

  follow(site) {
    const above = location.ancestorOrigins; // not in every browser; the message names its reader
    if (above && above[0] !== site) return;
    let told = null;
    const tell = () => {
      if (location.search === told) return;
      told = location.search;
      window.parent.postMessage({ queryString: told }, site);
    };
    tell();
    this.following = setInterval(tell, PAUSE);
  }
}

function style() {
  if (document.getElementById("live-style")) return;
  const version = new URL(import.meta.url).search;
  const href = new URL(`../live/live.css${version}`, import.meta.url).href;
  const sheet = document.createElement("link");
  Object.assign(sheet, { id: "live-style", rel: "stylesheet", href });
  document.head.append(sheet);
}
