// Mount a component on the page, update it, and remove it.

/**
 * The function that Streamlit calls on mounting, and again on the same element when data change.
 *
 * It creates one `Component` for its `root`, the element whose data-testid is `name`. The component
 * gets data through `receive(data, report)`; `close()`, if it has one, is called on removal.
 * `data.hide` lists the parts that the link hides: `root` holds them in data-hide, and where they
 * change the component is created anew, so that no description keeps what is hidden now. Where
 * type is large, `data.size` and data-size are "large".
 */
export const mounting = (name, Component) => ({ data, parentElement, setStateValue, setTriggerValue }) => {
  let root = parentElement.querySelector(`[data-testid=${name}]`);
  const { hide: hidden = [], size = "" } = data;
  const hide = hidden.join(" ");
  if (root.component && hide !== root.dataset.hide) root = renewed(root);
  Object.assign(root.dataset, { hide, size });
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

/** The element `root` as it was before a component was created for it, in its place. */
function renewed(root) {
  root.component.close?.();
  delete root.component;
  const fresh = root.cloneNode();
  delete fresh.dataset.ready;
  root.replaceWith(fresh);
  return fresh;
}
