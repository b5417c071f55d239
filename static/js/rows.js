// data-rows: rows of a table come and go in the page. Without JavaScript the same buttons send the form, and the server
// adds or leaves out the row; what this file cannot do (the last row, a full table) is left to it.
const buttonOf = (name) => document.querySelector(`button[name="add"][value="${CSS.escape(name)}"]`);

// Fields are called name-row-column, ids and labels alike: every row is numbered anew by its place.
const renumber = (table) => {
  const pattern = new RegExp(`(q_${table.dataset.rows}-)\\d+(-)`);
  [...table.tBodies[0].rows].forEach((row, number) => {
    for (const one of row.querySelectorAll("[name], [id], [for], [aria-describedby]")) {
      for (const name of ["name", "id", "for", "aria-describedby"]) {
        const value = one.getAttribute(name);
        if (value) one.setAttribute(name, value.replace(pattern, `$1${number}$2`));
      }
    }
    const bin = row.querySelector("button[name=remove]");
    bin.value = `${table.dataset.rows}-${number}`;
    for (const label of row.querySelectorAll("label, button .visually-hidden")) {
      label.textContent = label.textContent.replace(/\d+(?=\D*$)/, String(number + 1));
    }
  });
};

const add = (table) => {
  const body = table.tBodies[0];
  const last = body.rows[body.rows.length - 1];
  if (!last || body.rows.length >= Number(table.dataset.most)) return false;
  const row = last.cloneNode(true);
  for (const note of row.querySelectorAll(".field-error")) note.remove();
  for (const field of row.querySelectorAll("input")) field.value = "";
  for (const field of row.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  body.append(row);
  renumber(table);
  row.querySelector("input, select").focus();
  return true;
};

const remove = (button) => {
  const row = button.closest("tr");
  const table = row.closest("[data-rows]");
  if (table.tBodies[0].rows.length < 2) return false;
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  renumber(table);
  next.querySelector("button[name=remove]").focus();
  return true;
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=add], button[name=remove]");
  if (!button || !button.form) return;
  const table = [...document.querySelectorAll("[data-rows]")].find((one) => buttonOf(one.dataset.rows) === button);
  const isDone = button.name === "add" ? table && add(table) : remove(button);
  if (isDone) event.preventDefault();
});
