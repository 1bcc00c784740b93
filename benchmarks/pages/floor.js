// The floors' parent pages: the least that a page can do to the same end. `?page=` says which, `?panel=` what to embed.

const query = new URLSearchParams(location.search);
const frame = document.querySelector("iframe");
const panel = frame.contentWindow;

const envelope = (events) => ({ issuer: "MAX", contactId: null, events });
const acknowledgement = () =>
  envelope([{ messageType: "ClientEventSubscriptionAcknowledge", contactId: null, status: "OK", reason: "Success" }]);

const socket = (path) => new WebSocket(`ws://${location.host}${path}`);

/** Answer a registration here. */
function raw() {
  addEventListener("message", ({ data }) => {
    if (data.messageType === "RegisterForClientEvents") panel.postMessage(acknowledgement(), "*");
  });
}

/** Carry every message to the server, and its answer back. */
function echo() {
  const server = socket("/echo");
  addEventListener("message", ({ data }) => server.readyState === WebSocket.OPEN && server.send(JSON.stringify(data)));
  server.addEventListener("message", ({ data }) => panel.postMessage(JSON.parse(data), "*"));
}

/** Post what comes from the server on, one message for each frame of it. */
function chain() {
  raw();
  socket("/push").addEventListener("message", ({ data }) => panel.postMessage(envelope(JSON.parse(data)), "*"));
}

/** Keep the events that come first; at every later frame post them all, one message each. */
function burst() {
  raw();
  let events = null;
  socket("/push").addEventListener("message", ({ data }) => {
    if (events === null) events = JSON.parse(data);
    else for (const event of events) panel.postMessage(envelope([event]), "*");
  });
}

({ raw, echo, chain, burst })[query.get("page")]();
frame.src = query.get("panel");
