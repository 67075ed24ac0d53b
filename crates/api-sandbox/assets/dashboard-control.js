// Calls of the control endpoints.

/** Calls a control endpoint. Returns the answer's JSON, and throws the sandbox's own words if it is refused. */
export async function send(method, path, body) {
  let response;
  try {
    response = await fetch(path, { method, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Error("the sandbox does not answer: is it running?");
  }
  const text = await response.text();
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = { error: text };
  }
  if (!response.ok) throw new Error(answer.error || `the sandbox answered ${response.status}`);
  return answer;
}

/** Runs an action by a form: one at a time, with its outcome as the form's message. */
export async function act(form, action) {
  const message = form.querySelector(".message");
  const buttons = [...form.querySelectorAll("button")];
  if (buttons.some((button) => button.disabled)) return;
  const focused = document.activeElement;
  for (const button of buttons) button.disabled = true;
  try {
    message.textContent = (await action(new FormData(form))) ?? "";
    message.classList.remove("error");
  } catch (error) {
    message.textContent = error.message;
    message.classList.add("error");
  } finally {
    for (const button of buttons) button.disabled = false;
    focused?.focus({ preventScroll: true });
  }
}

/** Runs an action whenever a form is submitted. */
export function onSubmit(form, action) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(form, action);
  });
}
