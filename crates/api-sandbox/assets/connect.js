// The vendor's button opens the sign-up in a window of its own, which a client that gives up closes.
if (document.body.dataset.screen === "cancelled") {
  window.close();
}
