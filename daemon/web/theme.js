// theme.js - the button that goes from the system's colours to light to dark and back.
//
// Nothing is stored: a new visit begins with the system's choice.

const THEMES = ["system", "light", "dark"];

function startTheme() {
  const button = find("theme");
  let at = 0;
  button.addEventListener("click", () => {
    at = (at + 1) % THEMES.length;
    if (at === 0)
      delete document.documentElement.dataset.theme;
    else
      document.documentElement.dataset.theme = THEMES[at];
    button.textContent = `Theme: ${THEMES[at]}`;
  });
}
