// How a component lives on the page.

/**
 * What Streamlit calls on mounting and again, on the same element, whenever data change.
 *
 * A `Component` is made once for its `root`, whose data-testid is `name`; it is given data by
 * `receive(data, report)`, and told by `close()`, if it has that, when it leaves the page.
 */
export const mounting = (name, Component) => ({ data, parentElement, setStateValue, setTriggerValue }) => {
  const root = parentElement.querySelector(`[data-testid=${name}]`);
  root.component ??= new Component(root);
  root.component.receive(data, { state: setStateValue, trigger: setTriggerValue });
  // A mounting that another has overtaken must not clear what the other shows.
  const turn = (root.turn = (root.turn ?? 0) + 1);
  return () => {
    if (root.turn !== turn) return;
    root.component?.close?.();
    root.replaceChildren();
    delete root.component;
  };
};
