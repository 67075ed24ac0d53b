// Filter of requests and deliveries, which is kept in the page's address so that it can be shared.

const NAMES = ["vendor", "operation", "status", "text"];
const PAUSE_MILLISECONDS = 300;

/** Calls a function with the query of the filter, now and whenever it changes. */
export function onFilter(apply) {
  const form = document.getElementById("filter");
  const address = new URLSearchParams(location.search);
  const status = address.get("status");
  // The list has the usual ones only.
  if (/^[1-5](xx|\d\d)$/.test(status) && ![...form.elements.status.options].some((option) => option.value === status))
    form.elements.status.add(new Option(status));
  for (const name of NAMES) if (address.has(name)) form.elements[name].value = address.get(name);
  let current;
  let pause;

  const change = () => {
    const values = new URLSearchParams(
      NAMES.map((name) => [name, form.elements[name].value.trim()]).filter(([, value]) => value),
    );
    const query = values.toString();
    form.classList.toggle("active", query !== "");
    if (query === current) return;
    current = query;
    history.replaceState(null, "", `${location.pathname}${query && `?${query}`}${location.hash}`);
    apply(query);
  };

  // On a narrow screen, the filter is folded away while it is empty.
  const toggle = document.getElementById("show-filter");
  toggle.addEventListener("click", () => toggle.setAttribute("aria-expanded", form.classList.toggle("shown")));

  form.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(change, PAUSE_MILLISECONDS);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    change();
  });
  // The fields are emptied after the event.
  form.addEventListener("reset", () => setTimeout(change));
  change();
}
