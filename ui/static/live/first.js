// The first picture of a visit, drawn before Streamlit has started, in the place that its page will
// have for it; the page's live part takes it from here (main.js).

const version = new URL(import.meta.url).search;
const RUN = '[data-testid="stApp"][data-test-script-state="notRunning"]';
const SHOWN = `${RUN} :is(h1, [data-testid="stException"])`;
const PATIENCE = 3000; // ms that a page which was run has for taking over what is drawn
const place = document.getElementById("first");
const path = location.pathname;
let drawing = false;
let leaving = null;

// What the browser remembers; nothing where that is forbidden, as in some frames.
function remembered() {
  try {
    return { ...localStorage };
  } catch {
    return {};
  }
}

// Light or dark, as Streamlit will decide: the address, else what was chosen, else the system.
function scheme(kept) {
  const [embedded] = new URLSearchParams(location.search).getAll("embed_options").flatMap(
    (option) => ({ light_theme: ["light"], dark_theme: ["dark"] })[option] ?? []
  );
  const chosen = { '"Light"': "light", '"Dark"': "dark" }[kept[`stActiveTheme-${path}-v2`]];
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  return embedded ?? chosen ?? system;
}

// How wide the menu beside the page will be, in pixels; nothing if it is as wide as at first.
function menu(kept) {
  const folded = Object.keys(kept).some(
    (name) => name.startsWith("stSidebarCollapsed-") && kept[name] === "true"
  );
  return folded ? 0 : Number.parseInt(kept.sidebarWidth, 10);
}

// A page that was run and has no charts, or is another one, must not stay covered.
function uncover() {
  if (!place.isConnected) watching.disconnect(); // it was taken over
  else if (location.pathname !== path) leave();
  else if (document.querySelector(SHOWN)) leaving ??= setTimeout(leave, drawing ? PATIENCE : 0);
}

async function leave() {
  watching.disconnect();
  if ("taken" in place.dataset) return; // and goes as soon as it is not held any more
  place.remove();
  (await main).abandon();
}

const watching = new MutationObserver(uncover);
const observed = { attributes: true, childList: true, subtree: true };
watching.observe(document.body, { ...observed, attributeFilter: ["data-test-script-state"] });

const kept = remembered();
const width = menu(kept);
if (!Number.isNaN(width)) place.style.setProperty("--menu", `${width}px`);
place.dataset.scheme = scheme(kept);
place.hidden = false;

const main = import(`./main.js${version}`);
const [{ begin }, { library }] = await Promise.all([main, import(`./charts.js${version}`)]);
library("cartesian"); // its script takes longest
const answer = await window.firstPicture.catch(() => null);
if (answer?.ok) {
  drawing = true;
  await begin(place, await answer.arrayBuffer());
} else {
  leave(); // the page itself says why
}
