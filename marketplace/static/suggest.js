// Offers titles under a search box while somebody types: the combobox of the ARIA Authoring
// Practices with a list. Without it the box still searches.

const PAUSE = 150; // milliseconds without typing before asking
const SHORTEST = 2; // characters

class Suggestions {
  constructor(input) {
    this.input = input;
    this.chosen = -1; // which suggestion is marked, if any
    this.list = document.createElement("ul");
    this.list.className = "app-suggestions";
    this.list.id = `${input.id}-suggestions`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Suggestions");
    this.status = document.createElement("span");
    this.status.className = "govuk-visually-hidden";
    this.status.setAttribute("role", "status");
    const holder = document.createElement("span");
    holder.className = "app-suggest";
    input.replaceWith(holder);
    holder.append(input, this.list, this.status);
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id,
    })) input.setAttribute(name, value);
    this.close();
    input.addEventListener("input", () => this.typed());
    input.addEventListener("keydown", (event) => this.pressed(event));
    input.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the focus
    this.list.addEventListener("click", (event) => this.go(event.target.closest("[role=option]")));
  }

  typed() {
    clearTimeout(this.timer);
    this.asking?.abort();
    const text = this.input.value.trim();
    if (text.length < SHORTEST) return this.close();
    this.timer = setTimeout(() => this.ask(text), PAUSE);
  }

  async ask(text) {
    this.asking = new AbortController();
    try {
      const url = `${this.input.dataset.suggest}?${new URLSearchParams({ q: text })}`;
      const reply = await fetch(url, { signal: this.asking.signal });
      if (reply.ok) this.show((await reply.json()).suggestions);
    } catch {
      this.close(); // the box still searches
    }
  }

  show(suggestions) {
    if (!suggestions.length || document.activeElement !== this.input) return this.close();
    this.list.replaceChildren(...suggestions.map((each, number) => this.option(each, number)));
    this.list.hidden = false;
    this.mark(-1);
    this.input.setAttribute("aria-expanded", "true");
    const many = suggestions.length;
    this.status.textContent = `${many} suggestion${many === 1 ? "" : "s"}. Use the arrow keys to choose.`;
  }

  option({ title, kind, url }, number) {
    const item = document.createElement("li");
    item.id = `${this.list.id}-${number}`;
    item.className = "app-suggestions__item";
    item.setAttribute("role", "option");
    item.dataset.url = url;
    const of = document.createElement("span");
    of.className = "app-suggestions__kind";
    of.textContent = kind;
    item.append(title, " ", of);
    return item;
  }

  mark(number) {
    this.chosen = number;
    [...this.list.children].forEach((item, each) => item.setAttribute("aria-selected", String(each === number)));
    const item = this.list.children[number];
    if (item) this.input.setAttribute("aria-activedescendant", item.id);
    else this.input.removeAttribute("aria-activedescendant");
    item?.scrollIntoView({ block: "nearest" });
  }

  pressed(event) {
    const many = this.list.hidden ? 0 : this.list.children.length;
    if (event.key === "Escape" && many) {
      event.preventDefault();
      this.close();
    } else if (many && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      // One place more than there are suggestions: the box itself.
      this.mark(((this.chosen + 1 + step + many + 1) % (many + 1)) - 1);
    } else if (event.key === "Enter" && this.chosen >= 0) {
      event.preventDefault();
      this.go(this.list.children[this.chosen]);
    }
  }

  go(item) {
    if (item) window.location.assign(item.dataset.url);
  }

  close() {
    this.list.hidden = true;
    this.list.replaceChildren();
    this.chosen = -1;
    this.status.textContent = "";
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}

document.querySelectorAll("[data-suggest]").forEach((input) => new Suggestions(input));
