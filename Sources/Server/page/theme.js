// Light or dark, decided before anything is drawn: what was chosen with the button, else what the system prefers.
{
  let chosen = null;
  try { chosen = localStorage.getItem("bottega.theme"); } catch { /* storage is switched off: the system decides */ }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}
