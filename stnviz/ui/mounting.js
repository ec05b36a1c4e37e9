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
  // Streamlit also calls this for data that newer data have overtaken; the element is then still on
  // the page, and shows the newer ones.
  return () => {
    if (root.isConnected) return;
    root.component?.close?.();
    delete root.component;
  };
};
