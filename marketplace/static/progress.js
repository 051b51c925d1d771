// What the server tells with each save: how far the work is, and how much time is left.

const MINUTE = 60000; // milliseconds
const closing = document.querySelector("[data-app-closes]");
let ahead = closing ? Date.now() - Date.parse(closing.dataset.appNow) : 0; // milliseconds

/** The time left, by the server's clock: a browser's own may be wrong. */
function tellTime({ now, closes_at: closesAt } = {}) {
  if (!closing) return;
  if (now) ahead = Date.now() - Date.parse(now);
  if (closesAt) closing.dataset.appCloses = closesAt;
  const left = Date.parse(closing.dataset.appCloses) - Date.now() + ahead;
  const minutes = Math.ceil(left / MINUTE);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  closing.classList.toggle("app-mend", minutes <= 30);
  const isOver = left <= 0;
  if (isOver) closing.setAttribute("role", "alert");
  else closing.removeAttribute("role");
  let text = closing.textContent;
  if (isOver) text = "The stage has just closed. Your text can still be saved, but not submitted.";
  else if (hours < 48) text = `closes in ${hours ? `${hours} h ` : ""}${rest} min`;
  if (closing.textContent !== text) closing.textContent = text;
}

function tellProgress({ words, done, total, states }) {
  for (const place of document.querySelectorAll("[data-app-progress]")) {
    (place.querySelector(".app-meter__text") ?? place).textContent = words;
    place.querySelector(".app-meter__fill")?.setAttribute("width", total ? (100 * done) / total : 0);
  }
  for (const [name, [state, colour]] of Object.entries(states)) {
    const link = document.querySelector(`a[href="#id_${name}"], a[href^="#id_${name}-"]`);
    const status = link?.closest("li")?.querySelector(".govuk-task-list__status");
    if (!status || status.textContent.trim() === state) continue;
    const tag = document.createElement(colour ? "strong" : "span");
    if (colour) tag.className = `govuk-tag govuk-tag--${colour}`;
    tag.textContent = state;
    status.replaceChildren(tag);
  }
}

document.addEventListener("app:told", ({ detail }) => {
  tellTime(detail);
  if (detail.progress) tellProgress(detail.progress);
});
tellTime();
if (closing) setInterval(() => tellTime(), 10000);

// What comes into focus, or is jumped to, must stand clear of the bar, however tall it becomes.
const bar = document.querySelector(".app-bar");
if (bar) {
  new ResizeObserver(() => {
    const stays = getComputedStyle(bar).position === "sticky";
    document.documentElement.style.scrollPaddingBottom = stays ? `${bar.offsetHeight + 20}px` : "";
  }).observe(bar);
}
