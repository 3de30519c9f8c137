// Before the first paint: the colours this reader chose here earlier, if any.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is closed to us: the system's colours it is.
}
// Public pages are the same bytes for everybody; a cookie without a secret tells which link to show.
if (/(^|; )(__Host-)?here=1/.test(document.cookie)) document.documentElement.classList.add("here");
// And that scripts run, so that what they close or show need not move once it was seen.
document.documentElement.classList.add("scripts");
