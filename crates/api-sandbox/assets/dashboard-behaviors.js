// Optional behaviors, as switches.

import { send } from "./dashboard-control.js";

/** Sets the behaviors by the switches. Returns the function that reads them anew. */
export function showBehaviors() {
  const form = document.getElementById("behaviors");
  const message = form.querySelector(".message");
  const switches = [...form.querySelectorAll("[name=behavior]")];
  const show = (behaviors) => {
    for (const box of switches) box.checked = behaviors.includes(box.value);
  };
  const run = async (call) => {
    try {
      show(await call());
      message.textContent = "";
      message.classList.remove("error");
    } catch (error) {
      message.textContent = error.message;
      message.classList.add("error");
    }
  };
  form.addEventListener("change", () => {
    const behaviors = switches.filter((box) => box.checked).map((box) => box.value);
    run(() => send("PUT", "/sandbox/behaviors", behaviors));
  });
  return () => run(() => send("GET", "/sandbox/behaviors"));
}
