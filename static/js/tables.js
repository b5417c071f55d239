// On a phone a row of a register becomes a block of labelled values (static/css/aims.css). Lists bring their labels; a table
// written by hand takes them from its headings, and scrolls sideways when there is no JavaScript.
const label = (root) => {
  for (const table of root.querySelectorAll("table.register:not([data-stacked])")) {
    const headings = [...(table.tHead?.rows[0]?.cells ?? [])].map((heading) => heading.textContent.trim());
    for (const cell of table.querySelectorAll("tbody td:not([colspan])")) {
      if (headings[cell.cellIndex]) cell.dataset.label = headings[cell.cellIndex];
    }
    table.dataset.stacked = "";
  }
};

label(document);
document.addEventListener("htmx:load", (event) => label(event.detail.elt.parentElement ?? event.detail.elt));

// A table row with data-row-link opens its record on a click anywhere; the link inside the row stays the real one.
document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-row-link]");
  if (!row || event.target.closest("a, button, input, label, select, summary, details")) return;
  if (window.getSelection()?.toString()) return;
  if (event.ctrlKey || event.metaKey) window.open(row.dataset.rowLink, "_blank", "noopener");
  else window.location.assign(row.dataset.rowLink);
});

// Left and right arrow keys turn the pages of a list when the focus is inside its paging.
document.addEventListener("keydown", (event) => {
  const paging = event.target.closest("[data-paging]");
  if (!paging || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  const link = paging.querySelector(event.key === "ArrowLeft" ? "a[rel=prev]" : "a[rel=next]");
  if (link) {
    event.preventDefault();
    link.click();
  }
});
