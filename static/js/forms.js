// data-guard: warn before leaving a form with unsaved input. data-once: send a form a single time.
// data-autosubmit: send a filter form when a choice changes.
const snapshot = (form) => {
  const pairs = [...new FormData(form).entries()].map(([name, value]) => [name, value instanceof File ? value.name : value]);
  return JSON.stringify(pairs.filter(([name]) => name !== "csrfmiddlewaretoken"));
};
const guarded = new Map();

const watch = (root) => {
  for (const form of root.querySelectorAll("form[data-guard]")) if (!guarded.has(form)) guarded.set(form, snapshot(form));
};

window.addEventListener("beforeunload", (event) => {
  for (const [form, before] of guarded) if (form.isConnected && snapshot(form) !== before) event.preventDefault();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  guarded.delete(form);
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button:not([type=button])")) {
    button.setAttribute("aria-disabled", "true");
    button.classList.add("is-sending");
  }
});

// A page that comes back from the browser's memory must be usable again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button.is-sending")) {
      button.removeAttribute("aria-disabled");
      button.classList.remove("is-sending");
    }
  }
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (form && event.target.name && event.target.matches("select, input[type=checkbox], input[type=radio], input[type=date]")) form.requestSubmit();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    button.classList.add("is-done");
    setTimeout(() => button.classList.remove("is-done"), 2000);
  } catch {
    source.select?.();
  }
});

// An error summary takes the focus, so that a screen reader starts with it.
const focusSummary = (root) => root.querySelector("[data-error-summary]")?.focus();

watch(document);
focusSummary(document);
document.addEventListener("htmx:load", (event) => {
  watch(event.detail.elt);
  focusSummary(event.detail.elt);
});
