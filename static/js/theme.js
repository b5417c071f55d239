// Chooses the theme before the first paint. A plain script in <head>, because a module would run after it.
(() => {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const stored = () => {
    try {
      return localStorage.getItem("aims-theme") || "auto";
    } catch {
      return "auto"; // Storage may be closed to the page (private window, policy): follow the system.
    }
  };
  const apply = () => {
    const choice = stored();
    root.dataset.themeChoice = choice;
    root.dataset.bsTheme = choice === "auto" ? (system.matches ? "dark" : "light") : choice;
  };
  root.dataset.js = "on";
  apply();
  system.addEventListener("change", apply);
  window.addEventListener("storage", apply);
  window.addEventListener("aims:theme", apply);
})();
