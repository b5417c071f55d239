// A figure that is zoomed, moved and walked by keys, and an outline that follows it. Without JavaScript the figure is a
// picture in a box that scrolls, and the outline a list of links.
const LARGEST = 4;
const STEP = 1.25;
const root = document.querySelector("[data-drawing]");
const box = root?.querySelector("[data-figure]");
let drawing = null;
let scale = 1;
let chosen = "";

const own = () => ({ width: drawing.viewBox.baseVal.width, height: drawing.viewBox.baseVal.height });
const smallest = () => Math.min(1, (box.clientWidth - 2) / own().width, (box.clientHeight - 2) / own().height) / 2;
const fitting = () => Math.min(1, (box.clientWidth - 2) / own().width, (box.clientHeight - 2) / own().height);

// Around a point of the box, so that what a person looks at stays where it is.
const zoom = (wanted, x = box.clientWidth / 2, y = box.clientHeight / 2) => {
  const next = Math.min(LARGEST, Math.max(smallest(), wanted));
  const left = (box.scrollLeft + x) / scale;
  const top = (box.scrollTop + y) / scale;
  scale = next;
  drawing.setAttribute("width", own().width * scale);
  drawing.setAttribute("height", own().height * scale);
  box.scrollLeft = left * scale - x;
  box.scrollTop = top * scale - y;
};

const acts = {
  in: () => zoom(scale * STEP),
  out: () => zoom(scale / STEP),
  fit: () => zoom(fitting()),
  full: () => zoom(1),
};

const elements = () => [...drawing.querySelectorAll("[data-element]")];
const shapes = (id) => elements().filter((one) => one.dataset.element === id);
const line = (id) => root.querySelector(`[data-line="${CSS.escape(id)}"]`);

const reveal = (shape) => {
  const at = shape.getBoundingClientRect();
  const within = box.getBoundingClientRect();
  const margin = 24;
  if (at.left < within.left + margin || at.right > within.right - margin) {
    box.scrollLeft += at.left + at.width / 2 - (within.left + within.width / 2);
  }
  if (at.top < within.top + margin || at.bottom > within.bottom - margin) {
    box.scrollTop += at.top + at.height / 2 - (within.top + within.height / 2);
  }
};

const choose = (id, from) => {
  chosen = id;
  for (const other of root.querySelectorAll(".is-chosen")) other.classList.remove("is-chosen");
  const row = line(id);
  row?.classList.add("is-chosen");
  const [shape] = shapes(id);
  shape?.classList.add("is-chosen");
  if (from === "outline" && shape) reveal(shape);
  if (from === "drawing") row?.scrollIntoView({ block: "nearest" });
};

const focusOn = (shape) => {
  if (!shape) return;
  for (const other of elements()) other.setAttribute("tabindex", other === shape ? "0" : "-1");
  shape.focus({ preventScroll: true });
  reveal(shape);
};

// The keys walk the outline as it is written: above, below, before, after.
const rows = () => [...root.querySelectorAll("[data-line]")].filter((row) => shapes(row.dataset.line).length);
const walk = (id, key) => {
  const every = rows();
  const row = line(id);
  const here = every.indexOf(row);
  const item = row?.closest("li");
  const goal = {
    ArrowDown: () => every[here + 1],
    ArrowUp: () => every[here - 1],
    ArrowRight: () => item?.querySelector(":scope > ul [data-line]"),
    ArrowLeft: () => item?.parentElement.closest("li")?.querySelector("[data-line]"),
    Home: () => every[0],
    End: () => every.at(-1),
  }[key]?.();
  if (goal) focusOn(shapes(goal.dataset.line)[0]);
};

const open = (id) => line(id)?.querySelector(".outline-statement")?.click();

// A live drawing in the place of the picture: the same document, so that nothing differs but the use.
const prepare = (svg) => {
  svg.setAttribute("role", "group");
  const first = chosen || svg.querySelector("[data-element]")?.dataset.element;
  for (const one of svg.querySelectorAll("[data-element]")) {
    one.setAttribute("role", "link");
    one.setAttribute("aria-label", one.querySelector(":scope > title")?.textContent ?? "");
    one.setAttribute("tabindex", one.dataset.element === first ? "0" : "-1");
  }
  return svg;
};

const load = async () => {
  const theme = document.documentElement.dataset.bsTheme === "dark" ? "dark" : "light";
  const picture = box.querySelector(`.figure-${theme}`);
  const answer = await fetch(picture.src, { credentials: "same-origin" });
  if (!answer.ok) return;
  const read = new DOMParser().parseFromString(await answer.text(), "image/svg+xml");
  if (read.querySelector("parsererror")) return;
  const svg = prepare(document.importNode(read.documentElement, true));
  const isFirst = drawing === null;
  for (const other of box.querySelectorAll("img")) other.hidden = true;
  if (drawing) drawing.replaceWith(svg);
  else box.append(svg);
  drawing = svg;
  if (isFirst) {
    box.classList.add("figure-live");
    for (const tools of root.querySelectorAll("[data-drawing-tools]")) tools.hidden = false;
    // As high as the figure needs at first, and not higher later: what stands below must not jump.
    box.style.height = `${Math.max(260, own().height * Math.max(fitting(), 0.6) + 24)}px`;
    scale = 1;
    // Readable rather than whole: a wide figure begins at its claim on top.
    zoom(Math.max(fitting(), 0.6));
    const top = svg.querySelector("[data-element]");
    if (top) reveal(top);
  } else {
    zoom(scale);
    if (chosen) choose(chosen, "drawing");
  }
};

const fingers = new Map();
let moved = 0;

const pinch = () => {
  const [one, other] = [...fingers.values()];
  return {
    apart: Math.hypot(one.x - other.x, one.y - other.y),
    x: (one.x + other.x) / 2 - box.getBoundingClientRect().left,
    y: (one.y + other.y) / 2 - box.getBoundingClientRect().top,
  };
};

const attach = () => {
  root.addEventListener("click", (event) => {
    const act = event.target.closest("[data-zoom]");
    if (act && drawing) acts[act.dataset.zoom]();
  });
  box.addEventListener("wheel", (event) => {
    if (!drawing || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const at = box.getBoundingClientRect();
    zoom(scale * (event.deltaY < 0 ? STEP : 1 / STEP), event.clientX - at.left, event.clientY - at.top);
  }, { passive: false });
  box.addEventListener("pointerdown", (event) => {
    if (!drawing || event.button) return;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    moved = 0;
  });
  box.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before || !drawing) return;
    const now = { x: event.clientX, y: event.clientY };
    if (fingers.size === 2) {
      const was = pinch();
      fingers.set(event.pointerId, now);
      const is = pinch();
      if (was.apart) zoom(scale * (is.apart / was.apart), is.x, is.y);
    } else {
      box.scrollLeft += before.x - now.x;
      box.scrollTop += before.y - now.y;
      fingers.set(event.pointerId, now);
    }
    moved += Math.abs(before.x - now.x) + Math.abs(before.y - now.y);
    if (moved > 4) {
      box.classList.add("is-moved");
      if (!box.hasPointerCapture(event.pointerId)) box.setPointerCapture(event.pointerId);
    }
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    box.addEventListener(end, (event) => {
      fingers.delete(event.pointerId);
      box.classList.remove("is-moved");
    });
  }
  // A click chooses, a second one opens; the end of a drag does neither.
  box.addEventListener("click", (event) => {
    const shape = event.target.closest("[data-element]");
    if (!shape || moved > 4) return;
    focusOn(shape);
  });
  box.addEventListener("dblclick", (event) => {
    const shape = event.target.closest("[data-element]");
    if (shape) open(shape.dataset.element);
  });
  box.addEventListener("focusin", (event) => {
    const shape = event.target.closest?.("[data-element]");
    if (shape) choose(shape.dataset.element, "drawing");
  });
  box.addEventListener("keydown", (event) => {
    if (!drawing || event.ctrlKey || event.metaKey || event.altKey) return;
    const sizes = { "+": "in", "=": "in", "-": "out", 0: "fit", 1: "full" };
    const shape = event.target.closest("[data-element]");
    if (sizes[event.key]) acts[sizes[event.key]]();
    else if (shape && event.key === "Enter") open(shape.dataset.element);
    else if (shape && /^(Arrow|Home$|End$)/.test(event.key)) walk(shape.dataset.element, event.key);
    else return;
    event.preventDefault();
  });
  root.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-line]");
    if (row && drawing && !box.contains(event.target)) choose(row.dataset.line, "outline");
  });
  root.addEventListener("pointerover", (event) => {
    const row = event.target.closest("[data-line]");
    if (row && drawing && row.dataset.line !== chosen) choose(row.dataset.line, "hover");
  });
  new MutationObserver(load).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
};

if (box) {
  attach();
  load();
}
