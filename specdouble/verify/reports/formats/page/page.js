(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);
  const text = one("#text"), tag = one("#tag"), reset = one("#reset"), shown = one("#shown"), nothing = one("#nothing");
  const rows = all("tr.row"), findings = all("details.finding");
  const tiles = all("button.tile");

  one(".filters").hidden = !rows.length;
  all(".copy").forEach((button) => { button.hidden = false; });

  // filters: verdicts add up, everything else narrows; the address keeps them, so that a view can be passed on
  const chosen = () => tiles.filter((tile) => tile.getAttribute("aria-pressed") === "true").map((tile) => tile.dataset.verdict);

  function filter() {
    const verdicts = chosen(), words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (item) =>
      (!verdicts.length || verdicts.includes(item.dataset.verdict)) &&
      (!tag.value || item.dataset.tag === tag.value) &&
      words.every((word) => item.dataset.words.includes(word));
    [...rows, ...findings].forEach((item) => { item.hidden = !fits(item); });
    all("tbody").forEach((body) => { body.hidden = !all("tr.row", body).some((row) => !row.hidden); });
    all("section.findings").forEach((section) => { section.hidden = !all("details.finding", section).some((item) => !item.hidden); });
    const count = rows.filter((row) => !row.hidden).length;
    const active = verdicts.length > 0 || tag.value !== "" || words.length > 0;
    shown.textContent = active ? `${count} of ${rows.length} operations` : `${rows.length} operations`;
    reset.hidden = !active;
    if (nothing) nothing.hidden = count > 0;
  }

  tiles.forEach((tile) => tile.addEventListener("click", () => {
    tile.setAttribute("aria-pressed", String(tile.getAttribute("aria-pressed") !== "true"));
    filter();
  }));
  text.addEventListener("input", filter);
  tag.addEventListener("change", filter);
  function clear() {
    text.value = tag.value = "";
    tiles.forEach((tile) => tile.setAttribute("aria-pressed", "false"));
    filter();
  }
  reset.addEventListener("click", () => { clear(); text.focus(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      text.focus();
    } else if (event.key === "Escape" && document.activeElement === text) clear();
  });

  // a link to a finding opens it, also when a filter hides it
  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.matches("details.finding")) return;
    if (target.hidden) clear();
    target.open = true;
    target.scrollIntoView({ block: "start" });
    target.querySelector("summary").focus({ preventScroll: true });
  }
  addEventListener("hashchange", reveal);

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const block = button.parentElement.querySelector("pre");
    let done = true;
    try {
      await navigator.clipboard.writeText(block.textContent);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(block);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      done = document.execCommand("copy");
    }
    button.textContent = done ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });

  // on paper everything that violates is unfolded
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("details.finding.violation:not([open])");
    opened.forEach((item) => { item.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((item) => { item.open = false; }));

  filter();
  reveal();
})();
