/* What doesn't fit on the page that is open, each as a sentence. */
async () => {
  const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
  await frame();
  await frame();
  const wrong = [];
  const page = document.documentElement;
  const main = document.querySelector("main");
  const isSeen = (element) =>
    element.checkVisibility({ visibilityProperty: true }) && !element.closest(".w-sr-only, [hidden]");
  const words = (element) =>
    (element.innerText || element.value || element.name || "").trim().slice(0, 50);
  const placeOf = (element) => {
    for (let at = element.parentElement; at; at = at.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(at).overflowX)) return at;
    }
    return page;
  };

  if (page.scrollWidth > page.clientWidth) wrong.push("the page scrolls sideways");

  for (const table of main.querySelectorAll("table")) {
    const place = placeOf(table);
    if (!isSeen(table) || place.scrollWidth <= place.clientWidth + 1) continue;
    const isNamed = place.getAttribute("role") === "region" && place.ariaLabel;
    if (place === page || !isNamed || place.tabIndex !== 0) {
      wrong.push(`no named place to scroll in: ${words(table)}`);
    }
    if (innerWidth >= 1280) wrong.push(`wider than its place: ${place.ariaLabel}`);
  }

  for (const element of main.querySelectorAll(
    "a, button, input, select, textarea, td, th, p, li, dd, h1, h2, h3, svg",
  )) {
    const box = element.getBoundingClientRect();
    if (isSeen(element) && box.width > 1 && box.right > innerWidth + 1) {
      if (placeOf(element) === page) wrong.push(`cut off: ${element.tagName} ${words(element)}`);
    }
  }

  const boxes = [...main.querySelectorAll("input, select, textarea")].filter(
    (box) => isSeen(box) && !/^(checkbox|radio|hidden|submit|file)$/.test(box.type),
  );
  for (const box of boxes) {
    const label = box.labels[0];
    const own = box.getBoundingClientRect();
    if (label && isSeen(label)) {
      const range = document.createRange();
      range.selectNodeContents(label);
      const text = range.getBoundingClientRect();
      const isAbove = text.bottom <= own.top + 2;
      if (isAbove && own.width + 1 < text.width) {
        wrong.push(`narrower than its label “${words(label)}”`);
      }
    }
    const isShort = box.tagName === "INPUT" && box.value.length <= 25;
    if (isShort && box.scrollWidth > box.clientWidth + 1) {
      wrong.push(`its value is cut: ${box.name}`);
    }
  }

  const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    const address = node.data.match(/[\w.+-]*@[\w.-]+\.\w+/);
    if (!address || !node.parentElement.closest("td, th") || !isSeen(node.parentElement)) continue;
    const range = document.createRange();
    range.setStart(node, address.index);
    range.setEnd(node, address.index + address[0].length);
    const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
    if (lines.size > 1) wrong.push(`an address is broken: ${address[0]}`);
  }
  return [...new Set(wrong)];
};
