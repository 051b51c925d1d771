// Makes pages livelier; every page works without it.

import { initAll } from "./govuk-frontend.min.js";

initAll();

const PAUSE = 1500; // milliseconds without typing before a save
const LIMIT = 10000; // milliseconds that a save may take
const LOOK = 10000; // milliseconds between questions about what others saved
const REFRESH = 5000; // milliseconds between looks at a page that others write to
const PREFIX = "autosave:";
const timeFormat = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Europe/London", hour: "2-digit", minute: "2-digit", hour12: false,
});

/** Name → all of its texts as one, of [name, text] pairs. */
function grouped(entries) {
  const found = new Map();
  for (const [name, text] of entries) found.set(name, `${found.get(name) ?? ""}\u0000${text}`);
  return found;
}

/**
 * Saves a draft as it is written; the newest text stays in this browser until it is saved.
 * `data-autosave-url` answers {saved_at, version}, or with status 409 {message, url}.
 */
class Autosave {
  constructor(form) {
    this.form = form;
    this.url = form.dataset.autosaveUrl;
    const person = document.body.dataset.appPerson;
    this.key = PREFIX + this.url + (person ? `#${person}` : "");
    this.status = document.querySelector("[data-autosave-status]");
    this.saved = this.fingerprint();
    this.saving = null; // the save on its way, as a promise
    this.stopped = false;
    form.addEventListener("input", () => this.changed());
    form.addEventListener("change", () => this.changed());
    form.addEventListener("focusout", () => this.save());
    form.addEventListener("submit", (event) => this.submitted(event));
    window.addEventListener("pagehide", () => this.save({ leaving: true }));
    window.addEventListener("online", () => this.save());
    window.addEventListener("offline", () => this.offline());
    this.offerKept();
    // What was put back after signing in again is not saved: the next change saves all of it.
    if ("appPutBack" in form.dataset) this.saved = "[]";
    if (form.dataset.autosaveOthers) setInterval(() => this.look(), LOOK);
  }

  /** What would be sent: [name, text] pairs, without files, tokens and passwords. */
  entries() {
    return [...new FormData(this.form)].filter(([name, value]) =>
      typeof value === "string" && name !== "csrfmiddlewaretoken" && name !== "version" &&
      this.form.elements[name]?.type !== "password");
  }

  fingerprint() {
    return JSON.stringify(this.entries());
  }

  /** Names of the fields that this person has changed since the last save. */
  touched() {
    const before = grouped(JSON.parse(this.saved));
    const now = grouped(this.entries());
    return [...new Set([...before.keys(), ...now.keys()])].filter(
      (name) => before.get(name) !== now.get(name));
  }

  changed() {
    if (this.fingerprint() === this.saved) return;
    this.keep();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE);
  }

  async save({ leaving = false } = {}) {
    clearTimeout(this.timer);
    const now = this.fingerprint();
    if (this.stopped || now === this.saved || (this.saving && !leaving)) return;
    if (!navigator.onLine) return this.offline();
    this.saving = this.send(now, leaving);
    await this.saving;
    this.saving = null;
    if (!leaving && this.saved === now && this.fingerprint() !== now) this.changed();
  }

  async send(now, leaving) {
    try {
      const response = await fetch(this.url, {
        method: "POST",
        body: this.body(),
        headers: { "X-Requested-With": "XMLHttpRequest", Accept: "application/json" },
        keepalive: leaving,
        signal: leaving ? null : AbortSignal.timeout(LIMIT),
      });
      await this.answered(response, now);
    } catch {
      // The network failed, or a text over 64 KB was too large to send while leaving.
      this.offline();
    }
  }

  body() {
    const data = new FormData();
    for (const [name, value] of this.entries()) data.append(name, value);
    data.append("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken?.value ?? "");
    data.append("version", this.form.dataset.autosaveVersion);
    data.append("touched", this.touched().join(" "));
    return data;
  }

  async answered(response, sent) {
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    if (!isJson) {
      this.say("Not saved: you may have been signed out. Sign in again in another tab and keep this page open.", true);
      return;
    }
    const reply = await response.json();
    if (response.ok) {
      this.saved = sent;
      document.dispatchEvent(new CustomEvent("app:told", { detail: reply }));
      const before = this.fingerprint();
      this.take(reply.others ?? []);
      if (before === sent) this.saved = this.fingerprint();
      this.form.dataset.autosaveVersion = reply.version;
      const field = this.form.elements.version;
      if (field) field.value = reply.version;
      if (this.fingerprint() === this.saved) localStorage.removeItem(this.key);
      this.say(`Saved at ${timeFormat.format(new Date(reply.saved_at))}`);
    } else {
      // Somebody else saved first, or the deadline has passed: trying again will not help.
      this.stopped = response.status === 409;
      this.say(`Not saved: ${reply.message ?? "something went wrong. Keep this page open."}`, true, reply.url);
    }
  }

  /** Puts in what others saved, where this person has typed nothing since the last save. */
  take(others) {
    const untouched = new Map(JSON.parse(this.saved));
    for (const { label, by, pairs } of others) {
      let changed = false;
      for (const [name, text] of pairs) {
        const fields = [...this.form.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
        for (const field of fields) {
          if (field === document.activeElement) continue;
          if (field.type === "radio" || field.type === "checkbox") {
            const chosen = pairs.some(([other, value]) => other === name && value === field.value);
            changed ||= field.checked !== chosen;
            field.checked = chosen;
          } else if (field.value !== text && field.value === (untouched.get(name) ?? "")) {
            field.value = text;
            changed = true;
          }
        }
      }
      if (changed) this.tell(`${by} changed “${label}”. You see the new text.`);
    }
  }

  tell(text) {
    this.notes ??= this.status?.parentElement.insertBefore(
      Object.assign(document.createElement("p"), { className: "govuk-body-s app-save-status" }),
      this.status);
    this.notes?.setAttribute("role", "status");
    if (this.notes) this.notes.textContent = text;
  }

  /** Asks now and then what others have saved, while nothing of one's own waits to be. */
  async look() {
    const url = this.form.dataset.autosaveOthers;
    if (!url || document.hidden || this.saving || this.stopped) return;
    const now = this.fingerprint();
    if (now !== this.saved) return;
    const since = this.form.dataset.autosaveVersion;
    const reply = await fetch(`${url}?since=${since}`).catch(() => null);
    if (!reply?.ok || this.fingerprint() !== now || this.saving) return;
    const told = await reply.json();
    const { version, others } = told;
    document.dispatchEvent(new CustomEvent("app:told", { detail: told }));
    if (this.form.dataset.autosaveVersion !== since) return;
    this.take(others);
    this.saved = this.fingerprint();
    this.form.dataset.autosaveVersion = version;
    if (this.form.elements.version) this.form.elements.version.value = version;
  }

  offline() {
    if (this.fingerprint() === this.saved) return;
    this.say("Not saved: you are offline, keep this page open", true);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), 10 * PAUSE);
  }

  say(text, isProblem = false, url = "") {
    if (!this.status) return;
    this.status.textContent = text;
    this.status.classList.toggle("app-save-status--problem", isProblem);
    if (!url) return;
    const link = document.createElement("a");
    link.className = "govuk-link";
    link.href = url;
    link.textContent = "See both texts";
    this.status.append(" ", link);
  }

  keep(extra = {}) {
    const kept = {
      entries: this.entries(), touched: this.touched(),
      version: this.form.dataset.autosaveVersion, ...extra,
    };
    try {
      localStorage.setItem(this.key, JSON.stringify(kept));
    } catch {
      // Full or forbidden: saving to the server still works.
    }
  }

  async submitted(event) {
    clearTimeout(this.timer);
    if (this.saving && !this.stopped) {
      // Pressing the button left a field, which saves it, and a save raises the version that
      // the form must carry: let it arrive first, or the person would conflict with themselves.
      event.preventDefault();
      this.stopped = true;
      await this.saving;
      this.form.requestSubmit(event.submitter);
      return;
    }
    if (localStorage.getItem(this.key)) this.keep({ submitted: true });
    this.stopped = true;
  }

  /** Text that never reached the server is offered back, and not put in unasked. */
  offerKept() {
    const kept = JSON.parse(localStorage.getItem(this.key) ?? "null");
    if (!kept) return;
    kept.touched ??= kept.entries.map(([name]) => name);
    const arrived = kept.submitted && Number(this.form.dataset.autosaveVersion) > Number(kept.version);
    const [texts, saved] = [grouped(kept.entries), grouped(JSON.parse(this.saved))];
    if (arrived || kept.touched.every((name) => texts.get(name) === saved.get(name))) {
      localStorage.removeItem(this.key);
      return;
    }
    this.offer = document.createElement("section");
    this.offer.className = "app-put-back";
    this.offer.setAttribute("aria-label", "Text that was not saved");
    const said = document.createElement("p");
    said.textContent = "This browser has newer text that was not saved.";
    const away = () => this.offer.remove();
    this.offer.append(said,
      this.button("Use the newer text", () => { away(); this.restore(kept); this.save(); }),
      " ",
      this.button("Throw it away", () => { away(); localStorage.removeItem(this.key); }),
    );
    const place = document.querySelector("[data-autosave-offer]");
    if (place) place.append(this.offer);
    else this.form.before(this.offer);
  }

  button(text, action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "app-link-button";
    button.textContent = text;
    button.addEventListener("click", action);
    return button;
  }

  /** Only what this person had changed, as of the version it was typed on: what others saved
   *  since stays, and a field that both have changed is asked about. */
  restore({ entries, touched, version }) {
    this.form.dataset.autosaveVersion = version;
    if (this.form.elements.version) this.form.elements.version.value = version;
    const texts = new Map();
    for (const [name, value] of entries) texts.set(name, [...(texts.get(name) ?? []), value]);
    for (const field of this.form.elements) {
      if (!touched.includes(field.name) || ["hidden", "password", "file", "submit"].includes(field.type)) continue;
      const values = texts.get(field.name) ?? [];
      if (field.type === "checkbox" || field.type === "radio") {
        field.checked = values.includes(field.value);
      } else if (field.type === "select-multiple") {
        for (const option of field.options) option.selected = values.includes(option.value);
      } else {
        field.value = values.shift() ?? "";
      }
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
}

for (const form of document.querySelectorAll("form[data-autosave-url]")) new Autosave(form);

// On a shared computer the next person must not be offered somebody else's text.
for (const form of document.querySelectorAll(".app-sign-out")) {
  form.addEventListener("submit", () => {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX) || key.startsWith("typed:")) localStorage.removeItem(key);
    }
  });
}

// allauth tells nobody but the console when a passkey fails or is called off.
document.addEventListener("allauth.error", () => {
  for (const told of document.querySelectorAll("[data-passkey-problem]")) told.hidden = false;
});

// A meeting's pages show what others write without being loaded again.
for (const part of document.querySelectorAll("[data-app-refresh]")) {
  let last = "";
  setInterval(async () => {
    if (document.hidden || part.contains(document.activeElement)) return;
    const reply = await fetch(part.dataset.appRefresh).catch(() => null);
    const text = reply?.ok && !reply.redirected ? await reply.text() : last;
    if (text !== last) part.innerHTML = text;
    last = text;
  }, REFRESH);
}

// Filters take effect at once where a form asks for it; its button stays for everyone.
for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// Costs add up as they are typed; the server counts them again, and reads more ways to write them.
const amountIn = (text) => {
  const plain = text.replace(/[£\s]/g, "");
  const isAmount = /^(\d+|[1-9]\d{0,2}(,\d{3})+)?(\.\d{0,2})?$/.test(plain) && plain !== ".";
  return isAmount ? Number(plain.replace(/,/g, "") || 0) : NaN;
};
for (const rows of document.querySelectorAll("[data-app-total]")) {
  const say = () => {
    const amounts = [...rows.querySelectorAll("[data-app-amount]")].map((box) =>
      amountIn(box.value));
    const pence = amounts.reduce((total, amount) => total + Math.round(amount * 100), 0);
    const digits = pence % 100 ? 2 : 0;
    rows.querySelector("[data-app-sum]").textContent = Number.isFinite(pence)
      ? `Total: £${(pence / 100).toLocaleString("en-GB", { minimumFractionDigits: digits })}`
      : "Total: not counted yet. One of the amounts can’t be added up as it is written.";
  };
  rows.addEventListener("input", say);
  say();
}

// One more line where rows are typed; without a script, saving offers more.
for (const rows of document.querySelectorAll("[data-app-most]")) {
  const body = rows.querySelector("tbody");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "govuk-button govuk-button--secondary";
  button.textContent = "Add a line";
  const limit = () => { button.hidden = body.rows.length >= Number(rows.dataset.appMost); };
  button.addEventListener("click", () => {
    const number = body.rows.length;
    const line = body.rows[number - 1].cloneNode(true);
    for (const part of line.querySelectorAll("[id], [for]")) {
      for (const name of ["id", "name", "for"]) {
        const value = part.getAttribute(name);
        if (value) part.setAttribute(name, value.replace(/-\d+-([a-z]+)$/, `-${number}-$1`));
      }
      if (part.matches("label")) {
        part.textContent = part.textContent.replace(/\d+/, String(number + 1));
      } else part.value = "";
      part.removeAttribute("value");
    }
    body.append(line);
    line.querySelector("input, select").focus();
    limit();
  });
  rows.querySelector("table").after(button);
  limit();
}

// A question that depends on an earlier answer shows only when it is asked; the server decides.
for (const part of document.querySelectorAll("[data-app-condition]")) {
  const name = part.dataset.appCondition;
  const wanted = part.dataset.appAnswers.toLowerCase().split("|");
  const decide = () => {
    const chosen = [...document.querySelectorAll(`[name="${name}"]:checked`)].map((box) =>
      box.value.toLowerCase());
    const earlier = document.querySelector(`[name="${name}"]`)?.closest("[data-app-condition]");
    part.hidden = Boolean(earlier?.hidden) || !chosen.some((value) => wanted.includes(value));
  };
  document.addEventListener("change", decide);
  decide();
}

// Answers to questions like the one that is being typed; without a script they come after "Ask".
for (const form of document.querySelectorAll("[data-app-similar]")) {
  const list = form.querySelector("[data-app-similar-list]");
  const box = form.querySelector("textarea");
  let timer;
  box?.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const reply = await fetch(`${form.dataset.appSimilar}?text=${encodeURIComponent(box.value)}`)
        .catch(() => null);
      if (!reply?.ok) return;
      const { similar } = await reply.json();
      list.replaceChildren(...similar.map(({ question, answer }) => {
        const found = document.createElement("details");
        const head = document.createElement("summary");
        head.textContent = question;
        found.className = "govuk-body";
        found.append(head, answer);
        return found;
      }));
      if (similar.length) list.prepend("These were answered already:");
    }, 500);
  });
}
