// A figure wider than the screen opens at its middle, where the claim on top stands, and not at an empty corner.
const centre = (box) => {
  if (!box.scrollLeft) box.scrollLeft = (box.scrollWidth - box.clientWidth) / 2;
};
const attach = (root) => {
  for (const box of root.querySelectorAll("[data-figure]")) {
    for (const image of box.querySelectorAll("img")) {
      if (image.complete) centre(box);
      else image.addEventListener("load", () => centre(box), { once: true });
    }
  }
};
attach(document);
document.addEventListener("htmx:load", (event) => attach(event.detail.elt.parentElement ?? event.detail.elt));
