// The outline of an argument as a tree worked by keys (ARIA tree pattern, roving tabindex). Everything that a key does is a
// form or a link of the page; without JavaScript those do the same.
const tree = () => document.querySelector("[data-outline]");
const items = () => [...tree().querySelectorAll("[role=treeitem]")].filter((item) => !item.closest("ul[hidden]"));
const below = (item) => item.querySelector(":scope > ul");
const line = (item) => item.querySelector(":scope > .outline-line");
const base = () => tree().dataset.here;

const focusOn = (item) => {
  if (!item) return;
  for (const other of tree().querySelectorAll("[role=treeitem][tabindex='0']")) other.tabIndex = -1;
  item.tabIndex = 0;
  item.focus({ preventScroll: true });
  line(item).scrollIntoView({ block: "nearest" });
};

const open = (item, isOpen) => {
  const group = below(item);
  if (!group) return;
  group.hidden = !isOpen;
  item.setAttribute("aria-expanded", String(isOpen));
};

// Roles come with the keys that they promise: without JavaScript this stays a list of links.
const prepare = () => {
  const root = tree();
  if (!root || root.getAttribute("role") === "tree") return;
  root.setAttribute("role", "tree");
  for (const item of root.querySelectorAll("li")) {
    item.setAttribute("role", "treeitem");
    item.setAttribute("aria-labelledby", line(item).id);
    item.tabIndex = -1;
    const group = below(item);
    if (group) {
      group.setAttribute("role", "group");
      item.setAttribute("aria-expanded", "true");
    }
    const link = line(item).querySelector(".outline-statement");
    link.tabIndex = -1;
    item.setAttribute("aria-selected", String(link.hasAttribute("aria-current")));
  }
  const first = root.querySelector("[aria-selected=true]") ?? root.querySelector("li");
  if (first) first.tabIndex = 0;
};

const ask = (path, target, select, from) =>
  window.htmx.ajax("GET", path, { source: from ?? tree(), target, swap: select ? "outerHTML" : "innerHTML", select });

const show = (item) => {
  const path = line(item).querySelector(".outline-statement").getAttribute("href").split("#")[0];
  history.pushState({}, "", path);
  return ask(path, "#content", "#content");
};

const slot = () => document.getElementById("outline-form");

const inPlace = (item, path) => {
  const place = slot();
  line(item).after(place);
  place.dataset.key = item.dataset.key;
  place.hidden = false;
  ask(path, "#outline-form", null, place).then(() => {
    const field = place.querySelector("textarea, select, input:not([type=hidden])");
    (place.querySelector("textarea") ?? field)?.focus();
  });
};

const leave = () => {
  const place = slot();
  const item = place.closest("[role=treeitem]");
  place.replaceChildren();
  place.hidden = true;
  tree().before(place);
  focusOn(item);
};

const element = (item, act) => `${base()}elements/${encodeURIComponent(item.dataset.key)}/${act}/`;
const adding = (values) => `${base()}elements/add/?${new URLSearchParams({ brief: "1", ...values })}`;

const move = (item, direction) => {
  if (!item.dataset.link) return;
  const values = { direction };
  if (item.dataset.above) values.beside = item.dataset.above;
  window.htmx.ajax("POST", `${base()}links/${item.dataset.link}/move/`, {
    source: document.getElementById("outline-message"),
    target: "#outline-message",
    swap: "innerHTML",
    values,
  });
};

const acts = {
  e: (item) => inPlace(item, element(item, "restate")),
  n: (item) =>
    item.dataset.link &&
    inPlace(item, adding({ parent: item.dataset.parent, after: item.dataset.key, kind: item.dataset.kind })),
  c: (item) => inPlace(item, adding({ parent: item.dataset.key })),
  l: (item) => inPlace(item, element(item, "link")),
  u: (item) => move(item, "up"),
  d: (item) => move(item, "down"),
  i: (item) => move(item, "in"),
  o: (item) => move(item, "out"),
  Delete: (item) => inPlace(item, element(item, "withdraw")),
};
acts.F2 = acts.e;

const withAlt = { ArrowUp: "up", ArrowDown: "down", ArrowRight: "in", ArrowLeft: "out" };

const walk = (item, key) => {
  const shown = items();
  const here = shown.indexOf(item);
  switch (key) {
    case "ArrowDown":
      return focusOn(shown[here + 1]);
    case "ArrowUp":
      return focusOn(shown[here - 1]);
    case "Home":
      return focusOn(shown[0]);
    case "End":
      return focusOn(shown.at(-1));
    case "ArrowRight":
      return below(item)?.hidden ? open(item, true) : focusOn(below(item)?.querySelector("[role=treeitem]"));
    case "ArrowLeft":
      return below(item) && !below(item).hidden ? open(item, false) : focusOn(item.parentElement.closest("[role=treeitem]"));
    case "Enter":
      return show(item);
    default:
      return false;
  }
};
const WALKS = ["ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft", "Home", "End", "Enter"];

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.closest("#outline-form")) {
    event.preventDefault();
    leave();
    return;
  }
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && event.target.closest("#outline-form textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit();
    return;
  }
  const item = event.target;
  if (item.getAttribute?.("role") !== "treeitem" || event.ctrlKey || event.metaKey) return;
  const isEditable = tree().hasAttribute("data-editable");
  if (event.altKey) {
    if (!isEditable || !withAlt[event.key]) return;
    event.preventDefault();
    move(item, withAlt[event.key]);
  } else if (WALKS.includes(event.key)) {
    event.preventDefault();
    walk(item, event.key);
  } else if (event.key === "?" && isEditable) {
    event.preventDefault();
    const keys = document.querySelector("[data-outline-keys]");
    keys.open = !keys.open;
  } else if (isEditable && acts[event.key]) {
    event.preventDefault();
    acts[event.key](item);
  }
});

// A click on a line or on one of its tools does what the keys do, where it is.
document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const item = event.target.closest("[role=treeitem]");
  if (event.target.closest("[data-outline-cancel]")) {
    event.preventDefault();
    leave();
  } else if (item && event.target.closest(".outline-statement")) {
    event.preventDefault();
    show(item);
  } else if (item && event.target.closest("[data-outline-act]")) {
    event.preventDefault();
    inPlace(item, event.target.closest("[data-outline-act]").getAttribute("href"));
  }
});

document.addEventListener("submit", (event) => {
  const item = event.target.closest(".outline-tools")?.closest("[role=treeitem]");
  if (!item || !event.submitter?.value) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  move(item, event.submitter.value);
}, true);

// What was fetched anew begins where the person was: on the element that the address names.
document.addEventListener("htmx:afterSettle", (event) => {
  prepare();
  if (event.detail.target?.id === "content" || event.detail.elt?.id === "content") {
    focusOn(tree()?.querySelector("[aria-selected=true]") ?? tree()?.querySelector("li"));
  }
});

prepare();
