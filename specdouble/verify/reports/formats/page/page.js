(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);
  const text = one("#text"), choices = ["tag", "kind", "rule"].map((name) => one(`#${name}`)), reset = one("#reset"), shown = one("#shown"), nothing = one("#nothing");
  const rows = all("tr.row"), findings = all("details.finding");
  const tiles = all("button.tile");

  one(".filters").hidden = !rows.length;
  all(".copy").forEach((button) => { button.hidden = false; });

  // filters: verdicts add up, everything else narrows; an operation has the kinds and rules of all its findings
  const chosen = () => tiles.filter((tile) => tile.getAttribute("aria-pressed") === "true").map((tile) => tile.dataset.verdict);

  function filter() {
    const verdicts = chosen(), words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (item) =>
      (!verdicts.length || verdicts.includes(item.dataset.verdict)) &&
      choices.every((choice) => !choice.value ||
        (choice.id === "tag" ? item.dataset.tag === choice.value : item.dataset[choice.id].split(" ").includes(choice.value))) &&
      words.every((word) => item.dataset.words.includes(word));
    [...rows, ...findings].forEach((item) => { item.hidden = !fits(item); });
    all("tbody").forEach((body) => { body.hidden = !all("tr.row", body).some((row) => !row.hidden); });
    all("section.findings").forEach((section) => { section.hidden = !all("details.finding", section).some((item) => !item.hidden); });
    const count = rows.filter((row) => !row.hidden).length;
    const active = verdicts.length > 0 || choices.some((choice) => choice.value !== "") || words.length > 0;
    const told = findings.filter((item) => !item.hidden).length;
    shown.textContent = active
      ? `${count} of ${rows.length} operations, ${told} of ${findings.length} findings`
      : `${rows.length} operations, ${findings.length} findings`;
    reset.hidden = !active;
    if (nothing) nothing.hidden = count > 0;
  }

  tiles.forEach((tile) => tile.addEventListener("click", () => {
    tile.setAttribute("aria-pressed", String(tile.getAttribute("aria-pressed") !== "true"));
    filter();
  }));
  text.addEventListener("input", filter);
  choices.forEach((choice) => choice.addEventListener("change", filter));
  function clear() {
    text.value = "";
    choices.forEach((choice) => { choice.value = ""; });
    tiles.forEach((tile) => tile.setAttribute("aria-pressed", "false"));
    filter();
  }
  reset.addEventListener("click", () => { clear(); text.focus(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      text.focus();
    } else if (event.key === "Escape" && document.activeElement === text) clear();
    else if ((event.key === "j" || event.key === "k") && !event.ctrlKey && !event.metaKey && !event.altKey &&
      !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) step(event.key === "j" ? 1 : -1);
  });
  function step(by) {
    const seen = findings.filter((item) => !item.hidden);
    const at = seen.findIndex((item) => item.contains(document.activeElement));
    const next = at < 0 ? seen[by > 0 ? 0 : seen.length - 1] : seen[at + by];
    if (next) next.querySelector("summary").focus();
  }

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
