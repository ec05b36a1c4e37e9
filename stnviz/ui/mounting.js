// Mount a component on the page, update it, and remove it.

/**
 * The function that Streamlit calls on mounting, and again on the same element when data change.
 *
 * It creates one `Component` for its `root`, the element whose data-testid is `name`. The component
 * gets data through `receive(data, report)`; `close()`, if it has one, is called on removal.
 */
export const mounting = (name, Component) => ({ data, parentElement, setStateValue, setTriggerValue }) => {
  const root = parentElement.querySelector(`[data-testid=${name}]`);
  root.component ??= new Component(root);
  root.component.receive(data, { state: setStateValue, trigger: setTriggerValue });
  // The clean-up of an earlier mounting must not clear what a later one shows.
  const turn = (root.turn = (root.turn ?? 0) + 1);
  return () => {
    if (root.turn !== turn) return;
    root.component?.close?.();
    root.replaceChildren();
    delete root.component;
  };
};
