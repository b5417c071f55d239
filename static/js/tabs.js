// Tabs are links with their own URL; arrow keys, Home and End move between them.
document.addEventListener("keydown", (event) => {
  const list = event.target.closest("[data-tabs]");
  if (!list) return;
  const links = [...list.querySelectorAll("a")];
  const here = links.indexOf(event.target.closest("a"));
  if (here < 0) return;
  const goal = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: links.length - 1 }[event.key];
  if (goal === undefined) return;
  event.preventDefault();
  links[(goal + links.length) % links.length].focus();
});
