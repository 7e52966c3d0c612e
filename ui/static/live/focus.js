// A control of the page that vanishes under the keyboard hands the focus to what stands there now.

const LETTING = 200; // ms that what comes in its place is given
const CONTROLS = "button:not(:disabled), input:not(:disabled), select, summary, a[href]";
const NEAR = "[data-testid='stVerticalBlock']"; // what is drawn together

let keyed = false; // whether the last thing a visitor used was the keyboard
let held = null; // the control that has the focus, and the blocks it stands in, innermost first
const watching = new MutationObserver(() => {
  if (!held || held.control.isConnected) return;
  const { around } = held;
  release();
  if (keyed) setTimeout(() => handOn(around), LETTING);
});

export function keepFocus() {
  addEventListener("keydown", () => { keyed = true; }, true);
  addEventListener("pointerdown", () => { keyed = false; }, true);
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
  for (let at = control.closest(NEAR); at; at = at.parentElement.closest(NEAR)) around.push(at);
  held = { control, around: around.slice(0, -1) }; // the last one is the whole page
  watching.observe(document.body, { childList: true, subtree: true });
}

function release() {
  watching.disconnect();
  held = null;
}

function handOn(around) {
  if (document.activeElement !== document.body) return; // something else has taken it
  const place = around.find((one) => one.isConnected);
  for (const next of place?.querySelectorAll(CONTROLS) ?? []) {
    next.focus({ preventScroll: true });
    if (document.activeElement === next) return;
  }
}
