// Optional behaviors, as switches.

import { send } from "./dashboard-control.js";

/** Sets the behaviors by the switches. Returns the function that shows those that are on. */
export function showBehaviors() {
  const form = document.getElementById("behaviors");
  const message = form.querySelector(".message");
  let on = [];
  const show = (behaviors) => {
    on = behaviors;
    for (const box of form.querySelectorAll("[name=behavior]")) box.checked = on.includes(box.value);
  };
  const change = async (name, isOn) => {
    const others = on.filter((other) => other !== name);
    try {
      show(await send("PUT", "/sandbox/behaviors", isOn ? [...others, name] : others));
      message.textContent = "";
      message.classList.remove("error");
    } catch (error) {
      show(on);
      message.textContent = error.message;
      message.classList.add("error");
    }
  };
  // One after another, so that none undoes the one before.
  let last = Promise.resolve();
  form.addEventListener("change", ({ target: { value, checked } }) => {
    last = last.then(() => change(value, checked));
  });
  return show;
}
