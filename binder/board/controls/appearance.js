// How the page looks: light or dark, the size of the letters, the projector's mode.
(() => {
  const THEME = "board-theme";
  const SIZE = "board-size";

  // Factors of the size of all letters.
  const SIZES = [0.8, 0.9, 1, 1.15, 1.3, 1.5, 1.75, 2];

  const root = document.documentElement;
  const find = (id) => document.getElementById(id);

  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  prefersDark.addEventListener("change", () => {
    if (board.savedChoice(THEME) === null) {
      setTheme(prefersDark.matches ? "dark" : "light", false);
    }
  });

  function setTheme(theme, isChosen) {
    root.dataset.theme = theme;
    if (isChosen) {
      board.saveChoice(THEME, theme);
    }
  }
  setTheme(board.savedChoice(THEME) ?? (prefersDark.matches ? "dark" : "light"), false);

  const saved = SIZES.indexOf(Number(board.savedChoice(SIZE)));
  let size = saved < 0 ? SIZES.indexOf(1) : saved;

  function resize(step) {
    size = Math.min(Math.max(size + step, 0), SIZES.length - 1);
    root.style.setProperty("--text", String(SIZES[size]));
    find("smaller").disabled = size === 0;
    find("larger").disabled = size === SIZES.length - 1;
    if (step !== 0) {
      board.saveChoice(SIZE, String(SIZES[size]));
    }
    // Narrower letters may be there by now, too: all is measured again.
    board.changed("size", "names", "rooms");
  }
  resize(0);

  /** Whether the page is shown large: the diagram alone, no letter smaller than 28 pixels on a screen of 1080. */
  board.isProjected = () => root.classList.contains("projected");

  Object.assign(board.actions, {
    theme: () => setTheme(root.dataset.theme === "dark" ? "light" : "dark", true),
    smaller: () => resize(-1),
    larger: () => resize(1),
    projector: () => {
      const isOn = root.classList.toggle("projected");
      find("projector").setAttribute("aria-pressed", String(isOn));
      board.closeDetails();
      board.changed("size");
    },
  });
})();
