// Keys for a judge who reviews: digits choose a score, and the form can be sent without a mouse.

const form = document.querySelector("[data-review]");

/** The radio of `name` with this score, if the scale goes that far. */
function radioOf(name, score) {
  return [...form.elements[name] ?? []].find((radio) => radio.value === score);
}

/** The first criterion without a score. */
function firstUnscored() {
  const names = new Set([...form.querySelectorAll('input[type="radio"][name^="score_"]')].map((radio) => radio.name));
  return [...names].find((name) => !form.querySelector(`input[name="${name}"]:checked`));
}

form?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.querySelector('button[value="save"], button[value="submit"]').click();
    return;
  }
  // Digits only where a score is focused, so that no key acts from elsewhere (WCAG 2.1.4).
  const on = event.target;
  if (!/^\d$/.test(event.key) || on.type !== "radio" || !on.name.startsWith("score_")) return;
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const radio = radioOf(on.name, event.key);
  if (!radio) return;
  event.preventDefault();
  radio.focus();
  radio.click();
});

document.addEventListener("keydown", (event) => {
  if (!event.altKey || !event.shiftKey || event.ctrlKey) return;
  if (event.code === "KeyN") document.querySelector("[data-next-pitch]")?.click();
  if (event.code === "KeyS") form?.querySelector(`input[name="${firstUnscored()}"]`)?.focus();
});
