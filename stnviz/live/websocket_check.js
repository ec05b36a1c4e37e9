// What the page shows comes over a WebSocket. Where none gets through, Streamlit shows grey bars for
// ever; this says why. It runs outside of Streamlit's own program, in the first script of the page.
(() => {
  const FIRST = 8000; // milliseconds within which a page has begun to show something
  const AGAIN = 4000;
  const SENTENCE =
    "This page needs WebSockets, and yours does not reach the server: a proxy or firewall in between " +
    "does not let it through, or the server does not know the address that you opened. Try another " +
    "network, or tell whoever runs the server: stnviz's guide “On a server” says what to set.";

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
    const box = document.createElement("p");
    box.setAttribute("role", "alert");
    box.textContent = SENTENCE;
    box.style.cssText =
      "position: fixed; inset: 1rem 1rem auto; z-index: 1; max-width: 42rem; margin: 0 auto; padding: 1rem;" +
      "font: 1rem/1.5 system-ui, sans-serif; color: CanvasText; background: Canvas; border: 1px solid;" +
      `color-scheme: ${matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"}`;
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
