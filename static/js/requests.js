// What a person sees when an htmx request fails: the server's page for refusals, one sentence for a lost connection.
const region = () => document.getElementById("request-message");

document.addEventListener("htmx:beforeSwap", (event) => {
  // Refusals (400, 403, 409, 422, 429) carry a page that says what to do: show it instead of dropping it.
  const { xhr } = event.detail;
  if (xhr.status >= 400 && (xhr.getResponseHeader("content-type") || "").startsWith("text/html")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => {
    const target = region();
    if (target) {
      target.textContent = target.dataset.lost;
      target.hidden = false;
    }
  });
}

document.addEventListener("htmx:afterRequest", (event) => {
  const target = region();
  if (event.detail.successful && target) target.hidden = true;
});
