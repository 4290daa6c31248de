// What the browser keeps for the page: where site data is blocked every access throws, and it is kept until the page is left.

function guarded(area) {
  const unkept = new Map();
  return {
    get(key) {
      try {
        return window[area].getItem(key) ?? unkept.get(key) ?? null;
      } catch {
        return unkept.get(key) ?? null;
      }
    },
    set(key, value) {
      try {
        window[area].setItem(key, value);
      } catch {
        unkept.set(key, value);
      }
    },
    remove(key) {
      unkept.delete(key);
      try {
        window[area].removeItem(key);
      } catch {
        // There is nothing to take away.
      }
    },
    // Whether what is set is there after a reload.
    keeps() {
      try {
        window[area].setItem("lookalike.kept", "");
        window[area].removeItem("lookalike.kept");
        return true;
      } catch {
        return false;
      }
    },
  };
}

export const local = guarded("localStorage");
export const session = guarded("sessionStorage");

const TOKEN = "lookalike.token";

// The server's write token, where somebody gave it to the page; it leaves with the tab.
export const writeToken = { get: () => session.get(TOKEN), set: (token) => session.set(TOKEN, token) };
