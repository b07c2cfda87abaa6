// “Exit this page”: one press, or Shift three times, blanks the page and leaves it. Without a
// script the button is a plain link to the same place.
const link = document.querySelector("[data-exit]");
const WITHIN = 5000;
let presses = [];

function leave(event) {
  event.preventDefault();
  const blank = document.createElement("div");
  blank.className = "app-exit-blank";
  document.body.append(blank);
  document.title = "";
  // The page is replaced, so “Back” does not lead here again.
  window.location.replace(link.href);
}

if (link) {
  link.addEventListener("click", leave);
  document.addEventListener("keyup", (event) => {
    if (event.key !== "Shift") {
      presses = [];
      return;
    }
    const now = Date.now();
    presses = [...presses.filter((time) => now - time < WITHIN), now];
    if (presses.length >= 3) {
      leave(event);
    }
  });
}
