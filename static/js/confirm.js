// Dangerous steps ask first: data-confirm="sentence" on a form, a submit button or a link; data-confirm-action names
// the step on the button. Without JavaScript the server's own confirm page asks.
const dialog = document.getElementById("confirm-dialog");
let pending = null;

const ask = (source, proceed) => {
  dialog.querySelector("[data-confirm-text]").textContent = source.dataset.confirm;
  const yes = dialog.querySelector("[data-confirm-yes]");
  yes.textContent = source.dataset.confirmAction || yes.dataset.label;
  pending = proceed;
  dialog.returnValue = "";
  dialog.showModal();
};

if (dialog) {
  dialog.addEventListener("close", () => {
    const proceed = pending;
    pending = null;
    if (dialog.returnValue === "yes" && proceed) proceed();
  });

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      const source = event.submitter?.dataset.confirm ? event.submitter : form.dataset.confirm ? form : null;
      if (!source || form.dataset.confirmed === "yes") return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const submitter = event.submitter;
      ask(source, () => {
        form.dataset.confirmed = "yes";
        form.requestSubmit(submitter ?? undefined);
        delete form.dataset.confirmed;
      });
    },
    true,
  );

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-confirm]");
    if (!link) return;
    event.preventDefault();
    ask(link, () => window.location.assign(link.href));
  });
}
