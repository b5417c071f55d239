// The theme buttons of the user menu: data-theme-choice="light|dark|auto".
const buttons = () => document.querySelectorAll("button[data-theme-choice]");

const mark = () => {
  const choice = document.documentElement.dataset.themeChoice;
  for (const button of buttons()) button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-theme-choice]");
  if (!button) return;
  try {
    localStorage.setItem("aims-theme", button.dataset.themeChoice);
  } catch {
    return;
  }
  window.dispatchEvent(new Event("aims:theme"));
  mark();
});

mark();
