// Suggestions for a line that takes the name or the number of a record: data-pick="address that answers ?q= with options".
// On a text area each choice becomes a line of its own. Without JavaScript people type the name or the number.
const attach = (field) => {
  if (field.dataset.pickReady) return;
  field.dataset.pickReady = "yes";
  const isMany = field.matches("textarea");
  const input = isMany ? document.createElement("input") : field;
  const label = document.querySelector(`label[for="${field.id}"]`);
  const box = document.createElement("div");
  box.className = "pick";
  field.before(box);
  if (isMany) {
    input.type = "text";
    input.className = "form-control";
    input.id = `${field.id}-find`;
    input.setAttribute("aria-label", `${label?.firstChild?.textContent?.trim() ?? ""}: ${field.dataset.pickFind}`);
    input.placeholder = field.dataset.pickFind;
  }
  const list = document.createElement("ul");
  list.className = "pick-options";
  list.id = `${field.id}-options`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", label?.firstChild?.textContent?.trim() || field.name);
  const popup = document.createElement("div");
  popup.className = "pick-popup";
  popup.hidden = true;
  const says = document.createElement("p");
  says.className = "pick-says";
  says.setAttribute("role", "status");
  popup.append(list, says);
  box.append(input, popup);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);
  input.autocomplete = "off";
  let timer;
  let asked = 0;

  const options = () => [...list.children];
  const active = () => list.querySelector("[aria-selected=true]");
  const close = () => {
    clearTimeout(timer);
    asked += 1;
    popup.hidden = true;
    list.replaceChildren();
    says.textContent = "";
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (option) => {
    for (const each of options()) each.setAttribute("aria-selected", String(each === option));
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const choose = (option) => {
    const { value } = option.dataset;
    close();
    if (isMany) {
      const lines = field.value.split("\n").filter((line) => line.trim());
      if (!lines.includes(value)) lines.push(value);
      field.value = lines.join("\n");
      input.value = "";
    } else {
      input.value = value;
      if (field.form?.matches("[data-autosubmit]")) field.form.requestSubmit();
    }
  };
  const show = (answer) => {
    list.replaceChildren(
      ...answer.options.map((each, index) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${index}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.value = each.value;
        option.append(each.value);
        if (each.note) {
          const note = document.createElement("span");
          note.className = "quiet";
          note.textContent = each.note;
          option.append(" ", note);
        }
        return option;
      }),
    );
    popup.hidden = false;
    says.textContent = answer.says;
    input.setAttribute("aria-expanded", String(answer.options.length > 0));
    input.removeAttribute("aria-activedescendant");
  };
  const ask = async (text) => {
    const turn = ++asked;
    try {
      const query = new URLSearchParams(field.dataset.pickQuery);
      query.set("q", text);
      const response = await fetch(`${field.dataset.pick}?${query}`, { headers: { Accept: "application/json" } });
      if (!response.ok) return;
      const answer = await response.json();
      if (turn === asked && document.activeElement === input) show(answer);
    } catch {
      close(); // Without an answer the line still takes a name or a number.
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => ask(input.value), 180);
  });
  input.addEventListener("click", () => {
    if (popup.hidden) ask("");
  });
  input.addEventListener("blur", close);
  // The list must not take the focus away before the click arrives.
  popup.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
  input.addEventListener("keydown", (event) => {
    const all = options();
    const here = all.indexOf(active());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (popup.hidden) ask(isMany ? input.value : "");
      else if (all.length) mark(all[(here + (event.key === "ArrowDown" ? 1 : all.length - (here < 0 ? 0 : 1))) % all.length]);
    } else if (event.key === "Enter" && active()) {
      event.preventDefault();
      choose(active());
    } else if (event.key === "Enter" && isMany) {
      event.preventDefault();
    } else if (event.key === "Escape" && !popup.hidden) {
      event.stopPropagation();
      close();
    }
  });
};

const attachAll = (root) => {
  for (const field of root.querySelectorAll("[data-pick]")) attach(field);
};

attachAll(document);
document.addEventListener("htmx:load", (event) => attachAll(event.detail.elt.parentElement ?? event.detail.elt));
