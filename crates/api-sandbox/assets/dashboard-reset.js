// Reset, which asks first.

import { send } from "./dashboard-control.js";

/** Opens the question by its button, and resets the sandbox by the answer. */
export function askForReset() {
  const dialog = document.getElementById("confirm-reset");
  const message = dialog.querySelector(".message");
  document.getElementById("reset").addEventListener("click", () => {
    message.textContent = "";
    dialog.showModal();
  });
  document.getElementById("confirmed").addEventListener("click", async () => {
    try {
      await send("POST", "/sandbox/reset");
      dialog.close();
    } catch (error) {
      message.textContent = error.message;
    }
  });
}
