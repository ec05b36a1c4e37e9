// What the page shows comes over a WebSocket. Where none gets through, Streamlit shows grey bars for
// ever; this says why. It runs beside Streamlit's own program, as that has nothing to draw yet.
(() => {
  const FIRST = 8000; // milliseconds within which a page has begun to show something
  const AGAIN = 4000;
  const TITLE = "This page does not reach its server over a WebSocket.";
  const CURE =
    "A proxy or firewall on the way does not pass WebSockets on, or the server does not know the address that " +
    "you opened. Try another network, or tell whoever runs the server: the guide “On a server” of stnviz says " +
    "what to set.";

  const waits = () => document.querySelector("[data-testid=stAppSkeleton]");

  /** Whether a WebSocket opens, for all that the server answers other requests. */
  async function blocked() {
    const health = await fetch(new URL("_stcore/health", document.baseURI)).catch(() => null);
    if (!health?.ok) return false; // the server is not there: Streamlit says so
    const url = new URL("live", document.baseURI);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return new Promise((tell) => {
      const socket = new WebSocket(url);
      socket.onopen = () => (socket.close(), tell(false));
      socket.onerror = () => tell(true);
    });
  }

  function say() {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const box = document.createElement("div");
    box.setAttribute("role", "alert");
    box.style.cssText =
      "position: fixed; inset: 0; z-index: 1; padding: 20vh max(1rem, 50vw - 20rem) 0; line-height: 1.5;" +
      `font-family: system-ui, sans-serif; ${dark ? "color: #e8e6e1; background: #14161a" : "color: #1d2126; background: #fbfaf7"}`;
    for (const [name, text] of [["strong", TITLE], ["p", CURE]]) {
      box.append(Object.assign(document.createElement(name), { textContent: text }));
    }
    document.body.append(box);
    const timer = setInterval(() => {
      if (waits()) return;
      clearInterval(timer);
      box.remove();
    }, 500);
  }

  async function check() {
    if (!waits()) return;
    if (await blocked()) say();
    else setTimeout(check, AGAIN);
  }

  setTimeout(check, FIRST);
})();
