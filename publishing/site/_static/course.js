// A formula that is wider than the page scrolls within itself: with the arrow keys, too.

function letFormulasScroll() {
  for (const formula of document.querySelectorAll(".math")) {
    const room = formula.parentElement.clientWidth;
    const drawn = formula.querySelector("svg")?.getBoundingClientRect().width ?? 0;
    formula.classList.toggle("wide", room > 0 && drawn > room); // one in a line of text
    if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
    else formula.removeAttribute("tabindex");
  }
}

// The theme does the same for tables, but only for those that are seen when the page is opened.
function letTablesScroll() {
  for (const table of document.querySelectorAll(".pst-scrollable-table-container")) {
    table.tabIndex = table.scrollWidth > table.clientWidth ? 0 : -1;
  }
}

addEventListener("resize", letFormulasScroll);
addEventListener("resize", letTablesScroll);
document.addEventListener("toggle", letFormulasScroll, true); // a fold that opens
document.addEventListener("toggle", letTablesScroll, true);
addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  letFormulasScroll();
});

// Under each result of a search, the part of the page where the words stand. Sphinx would read the
// page itself, which a page that was opened from disk may not; search-texts.js has them all.

const BEFORE = 60;
const LENGTH = 240;

function summary(text, words) {
  const lower = text.toLowerCase();
  const phrase = words.join(" ");
  const places = [phrase, ...words].map((word) => lower.indexOf(word)).filter((place) => place >= 0);
  if (!places.length) return "";
  const start = Math.max(0, places[0] - BEFORE);
  const from = start && text.indexOf(" ", start) + 1;
  const part = text.slice(from, from + LENGTH);
  const end = from + LENGTH < text.length ? part.lastIndexOf(" ") : part.length;
  return (from ? "… " : "") + part.slice(0, end) + (end < part.length ? " …" : "");
}

function textOf(link) {
  const root = new URL(document.documentElement.dataset.content_root, location.href).href;
  const page = decodeURI(link.href.slice(root.length)).replace(/\.html.*$/, "");
  return SEARCH_TEXTS[page + link.hash] ?? SEARCH_TEXTS[page] ?? "";
}

function addSummaries(list, words) {
  for (const item of list.querySelectorAll(":scope > li:not(:has(.context))")) {
    const context = document.createElement("p");
    context.className = "context";
    context.textContent = summary(textOf(item.querySelector("a")), words);
    item.append(context);
  }
}

const results = document.querySelector("#search-results");
if (results) {
  const query = new URLSearchParams(location.search).get("q") ?? "";
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const observer = new MutationObserver(() => {
    const list = results.querySelector("ul.search");
    if (list) addSummaries(list, words);
  });
  observer.observe(results, { childList: true, subtree: true });
}
