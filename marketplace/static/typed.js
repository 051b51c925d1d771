// Keeps what is typed into any form with a long text in this browser until it has been sent.
// Forms that save themselves as one types (data-autosave-url) need none of this.

const PREFIX = "typed:";
const SENT = "typed-sent"; // in the session's store: what was sent, until the next page tells how it went
const LONGEST_KEPT = 7 * 24 * 3600 * 1000; // milliseconds
const PAUSE = 400; // milliseconds without typing before it is written down
const NOT_TYPED = ["hidden", "password", "file", "submit", "button", "reset", "image"];
const person = document.body.dataset.appPerson ?? "";

const read = (store, key) => {
  try {
    return JSON.parse(store.getItem(key) ?? "null");
  } catch {
    return null;
  }
};

const write = (store, key, value) => {
  try {
    store.setItem(key, JSON.stringify(value));
  } catch {
    // Full or forbidden: the form itself still works.
  }
};

/** Did the page that answers say that nothing was taken? Then the text is still wanted. */
function wasRefused() {
  const selectors = ["meta[name=app-not-sent]", ".govuk-error-summary", ".app-entrance",
    ".help-critical", ".error-message", "[data-contentpath] .w-field__errors svg"];
  return selectors.some((each) => document.querySelector(each));
}

/** Is this the page that the form was answered with, and not one that was opened later? */
function isTheAnswer(from) {
  const way = performance.getEntriesByType("navigation")[0]?.type ?? "navigate";
  return way === "navigate" && document.referrer.split("#")[0] === from;
}

function settleWhatWasSent() {
  const sent = read(sessionStorage, SENT);
  if (!sent) return;
  sessionStorage.removeItem(SENT);
  if (isTheAnswer(sent.from) && !refused) localStorage.removeItem(sent.key);
}

const refused = wasRefused();
settleWhatWasSent();

class Keeper {
  constructor(form, place) {
    this.form = form;
    const action = new URL(form.getAttribute("action") || location.href, location.href).pathname;
    this.key = `${PREFIX}${person}:${location.pathname}:${action}:${place}`;
    // What a refused form shows is nowhere else yet: leaving the page must not lose it.
    this.first = refused ? "" : JSON.stringify(this.entries());
    form.addEventListener("input", () => this.soon());
    form.addEventListener("change", () => this.soon());
    form.addEventListener("submit", () => {
      this.keep();
      write(sessionStorage, SENT, { key: this.key, from: location.href.split("#")[0] });
    });
    window.addEventListener("pagehide", () => this.keep());
    this.offer();
  }

  fields() {
    return [...this.form.elements].filter((each) => each.name && !NOT_TYPED.includes(each.type));
  }

  /** [name, text or choice, …] of each field, in their order. */
  entries() {
    return this.fields().map((field) => {
      if (field.type === "checkbox" || field.type === "radio") return [field.name, field.value, field.checked];
      if (field.type === "select-multiple") {
        return [field.name, [...field.selectedOptions].map((each) => each.value)];
      }
      return [field.name, field.value];
    });
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), PAUSE);
  }

  keep() {
    clearTimeout(this.timer);
    const entries = this.entries();
    if (JSON.stringify(entries) === this.first) return;
    write(localStorage, this.key, { at: Date.now(), entries });
  }

  /** Kept text is offered at the top of the page, and not put in unasked. */
  offer() {
    const kept = read(localStorage, this.key);
    if (!kept) return;
    const isOld = Date.now() - kept.at > LONGEST_KEPT;
    // A refused form may ask for more than it did when the text was kept.
    const here = new Set(this.entries().map((each) => JSON.stringify(each)));
    const isThere = kept.entries.every((each) => here.has(JSON.stringify(each)));
    if (isThere && refused) return;
    if (isOld || isThere || "appPutBack" in this.form.dataset) {
      localStorage.removeItem(this.key);
      return;
    }
    const banner = document.createElement("section");
    banner.className = "app-put-back";
    banner.setAttribute("aria-label", "Text that was not sent");
    const said = document.createElement("p");
    said.textContent = "This browser has text for a form on this page that was not sent.";
    banner.append(said,
      this.button("Put it back", () => { banner.remove(); this.putBack(kept.entries); }), " ",
      this.button("Throw it away", () => { banner.remove(); localStorage.removeItem(this.key); }));
    const top = document.querySelector(".govuk-main-wrapper, main .nice-padding, main");
    if (top) top.prepend(banner);
    else this.form.before(banner);
  }

  button(text, action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "app-link-button";
    button.textContent = text;
    button.addEventListener("click", action);
    return button;
  }

  putBack(entries) {
    const left = entries.map((each) => [...each]);
    let first = null;
    for (const field of this.fields()) {
      const isChoice = field.type === "checkbox" || field.type === "radio";
      const place = left.findIndex(([name, value]) =>
        name === field.name && (!isChoice || value === field.value));
      if (place < 0) continue;
      const [, value, chosen] = left.splice(place, 1)[0];
      if (isChoice) field.checked = chosen;
      else if (field.type === "select-multiple") {
        for (const option of field.options) option.selected = value.includes(option.value);
      } else field.value = value;
      first ??= field;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    first?.focus();
  }
}

const forms = document.querySelectorAll("form[method=post i]:not([data-autosave-url]):not([data-edit-form])");
[...forms]
  .filter((form) => form.querySelector("textarea"))
  .forEach((form, place) => new Keeper(form, place));

// On a shared computer the next person must not be offered somebody else's text.
for (const form of document.querySelectorAll("form.app-sign-out, form[action*='/logout/']")) {
  form.addEventListener("submit", () => {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  });
}
