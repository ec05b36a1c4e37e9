// The link that restores a state: it holds every value, so that no later default changes it.

const ORDER = ["data", "models", "digit", "ink", "seed"];

/** The URL query of a state, with the names that stnviz/ui/stage/links.py reads. */
export function toQuery(state) {
  const plain = {
    data: state.distortion,
    models: state.models.join(","),
    [state.ink ? "ink" : "digit"]: state.ink ?? state.digit,
    seed: state.seed,
  };
  const query = new URLSearchParams();
  for (const name of ORDER) if (plain[name] !== undefined) query.set(name, plain[name]);
  for (const [name, value] of Object.entries(state.values)) {
    query.set(name, toUrlNumber(value));
  }
  return query.toString().replaceAll("%2C", ",").replaceAll("%2F", "/");
}

/** A number as addresses have it. */
export const toUrlNumber = (value) => String(Number(value.toFixed(5)));

const VIEW_NAMES = ["hide", "size", "embed", "embed_options"];

/** What a query says of the view, to be appended to another. */
export function viewParameters(query) {
  const view = VIEW_NAMES.flatMap((name) => query.getAll(name).map((value) => `&${name}=${encodeURIComponent(value)}`));
  return view.join("").replaceAll("%2C", ",");
}

/** The full link to a state of this page, which is viewed as now. */
export function toLink(state) {
  const page = location.href.split(/[?#]/)[0];
  return `${page}?${toQuery(state)}${viewParameters(new URLSearchParams(location.search))}`;
}
