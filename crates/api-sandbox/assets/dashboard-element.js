// Elements of the page. Data of users and vendors becomes text, never markup.

/** Creates an element with attributes and children: elements, or text. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false)
      made.setAttribute(attribute, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== null && child !== ""));
  return made;
}

/** Creates a button. */
export function button(text, style, onClick) {
  const made = element("button", { type: "button", class: style }, text);
  made.addEventListener("click", () => onClick(made));
  return made;
}

/** Creates a link that opens in a new tab, or a text if the URL is not one of the web. `label` is the name of the link. */
export function link(url, text = url, label = undefined) {
  const isOfWeb = /^https?:\/\//i.test(url);
  return isOfWeb
    ? element("a", { href: url, target: "_blank", rel: "noopener noreferrer", "aria-label": label }, text)
    : element("span", {}, url);
}

/** Creates a button that copies a text, and says so. */
export function copyButton(label, text, onRefusal) {
  return button(label, "quiet", async (made) => {
    try {
      await navigator.clipboard.writeText(typeof text === "function" ? text() : text);
      made.textContent = "Copied";
    } catch {
      // A page without TLS under another name than that of this machine has no clipboard.
      made.textContent = "Cannot copy";
      onRefusal?.();
    }
    setTimeout(() => {
      made.textContent = label;
    }, 1500);
  });
}
