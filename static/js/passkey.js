// Says in words when a device gives no passkey: the person closed its window, or it has none for us.
document.addEventListener("allauth.error", (event) => {
  const problem = document.getElementById("passkey-problem");
  if (problem) {
    event.preventDefault();
    problem.hidden = false;
  }
});
