// The first picture of a visit, drawn before Streamlit has started, in the place that its page will
// have for it; the page's live part takes it from here (main.js).

const version = new URL(import.meta.url).search;
const SHOWN = '[data-testid="stApp"][data-test-script-state="notRunning"] h1';
const PATIENCE = 5000; // ms that a page which was run has for taking over what is drawn
const place = document.getElementById("first");
const path = location.pathname;
let drawn = false;

// A page that was run and has no charts, or is another one, must not stay covered.
function uncover() {
  if (!document.querySelector(SHOWN)) return;
  watching.disconnect();
  setTimeout(() => place.remove(), drawn && location.pathname === path ? PATIENCE : 0);
}

const watching = new MutationObserver(uncover);
const observed = { attributes: true, childList: true, subtree: true };
watching.observe(document.body, { ...observed, attributeFilter: ["data-test-script-state"] });

// Light or dark, as Streamlit will decide: the address, else what was chosen, else the system.
function scheme() {
  const [embedded] = new URLSearchParams(location.search).getAll("embed_options").flatMap(
    (option) => ({ light_theme: ["light"], dark_theme: ["dark"] })[option] ?? []
  );
  const chosen = localStorage.getItem(`stActiveTheme-${location.pathname}-v2`);
  const stored = { '"Light"': "light", '"Dark"': "dark" }[chosen];
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  return embedded ?? stored ?? system;
}

place.dataset.scheme = scheme();
place.hidden = false;

const [{ begin }, { library }] = await Promise.all(
  ["main", "charts"].map((name) => import(`./${name}.js${version}`))
);
library("cartesian"); // its script takes longest
const answer = await window.firstPicture.catch(() => null);
if (answer?.ok) {
  await begin(place, await answer.arrayBuffer());
  drawn = true;
}
