// Runs before the first paint, so that a dark page never flashes white. It is a file of its own
// because the content security policy forbids inline scripts.
(() => {
  const chosen = localStorage.getItem("prism-theme");
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
