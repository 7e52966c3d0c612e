// A control of the page that vanishes with the focus hands it to whatever stands there now.

const LETTING = 200; // ms that what comes in its place is given
const CONTROLS = "button:not(:disabled), input:not(:disabled), select, summary, a[href]";

let held = null; // the control that has the focus, and what it stands in, from the inside out
const watching = new MutationObserver(() => {
  if (!held || held.control.isConnected) return;
  const { around } = held;
  release();
  setTimeout(() => handOn(around), LETTING);
});

export function keepFocus() {
  document.addEventListener("focusin", ({ target }) => {
    release();
    if (target.closest("[class*='st-key-']") && !target.closest(".live")) hold(target);
  });
  document.addEventListener("focusout", ({ target }) => {
    setTimeout(() => {
      if (held?.control === target && target.isConnected) release(); // it was left, not removed
    });
  });
}

function hold(control) {
  const around = [];
  for (let at = control.parentElement; at && at !== document.body; at = at.parentElement) {
    around.push(at);
  }
  held = { control, around };
  watching.observe(document.body, { childList: true, subtree: true });
}

function release() {
  watching.disconnect();
  held = null;
}

function handOn(around) {
  if (document.activeElement !== document.body) return; // something else has taken it
  for (const place of around) {
    const next = place.isConnected && place.querySelector(CONTROLS);
    if (next) {
      next.focus({ preventScroll: true });
      return;
    }
  }
}
