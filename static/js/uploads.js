// data-uploads: files can be dropped on the form, and each is sent in a request of its own with its progress.
// Without this script the same form sends them all at once and shows the same table.
const area = document.querySelector("[data-uploads]");

const send = (form, file, row) =>
  new Promise((resolve) => {
    const body = new FormData(form);
    body.delete("files");
    body.append("files", file);
    body.set("_once", crypto.randomUUID()); // sent twice by a shaky line, it is carried out once
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) row.querySelector("progress").value = event.loaded / event.total;
    });
    const lost = () => {
      row.lastElementChild.textContent = area.dataset.lost;
      resolve();
    };
    request.addEventListener("load", () => {
      const template = document.createElement("template");
      template.innerHTML = request.responseText;
      const answer = request.status === 200 && template.content.querySelector("tr");
      if (!answer) return lost();
      row.replaceWith(answer);
      resolve();
    });
    for (const name of ["error", "abort", "timeout"]) request.addEventListener(name, lost);
    request.send(body);
  });

const waitingRow = (file) => {
  const row = document.createElement("tr");
  const name = row.appendChild(document.createElement("th"));
  name.scope = "row";
  name.textContent = file.name;
  const progress = row.appendChild(document.createElement("td")).appendChild(document.createElement("progress"));
  progress.className = "progress-bar-native";
  progress.max = 1;
  progress.value = 0;
  progress.setAttribute("aria-label", `${area.dataset.waiting}: ${file.name}`);
  return row;
};

if (area) {
  const form = area.querySelector("form");
  const input = form.querySelector("input[type=file]");
  for (const name of ["dragenter", "dragover"]) {
    area.addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      area.classList.add("is-dropping");
    });
  }
  area.addEventListener("dragleave", (event) => {
    if (!area.contains(event.relatedTarget)) area.classList.remove("is-dropping");
  });
  area.addEventListener("drop", (event) => {
    area.classList.remove("is-dropping");
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    const all = new DataTransfer();
    for (const file of [...input.files, ...event.dataTransfer.files]) all.items.add(file);
    input.files = all.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  form.addEventListener(
    "submit",
    async (event) => {
      const files = [...input.files];
      if (!files.length || !form.checkValidity()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const button = form.querySelector("button[type=submit]");
      if (button.disabled) return;
      button.disabled = true;
      const report = document.querySelector("[data-uploads-report]");
      report.hidden = false;
      const body = report.querySelector("tbody");
      const rows = files.map((file) => body.appendChild(waitingRow(file)));
      report.scrollIntoView({ block: "nearest" });
      for (const [place, file] of files.entries()) await send(form, file, rows[place]);
      input.value = "";
      button.disabled = false;
    },
    true,
  );
}
