// The floors' parent pages: the least that a page can do to the same end. `?page=` says which, each `?panel=` what to embed.

const query = new URLSearchParams(location.search);
const frames = query.getAll("panel").map(() => document.body.appendChild(document.createElement("iframe")));
const panels = frames.map((frame) => frame.contentWindow);
const [panel] = panels;

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

/** Post what comes from the server on to every panel, one message each for each frame of it. */
function fanout() {
  addEventListener("message", ({ data, source }) => {
    if (data.messageType === "RegisterForClientEvents") source.postMessage(acknowledgement(), "*");
  });
  socket("/push").addEventListener("message", ({ data }) => {
    const events = JSON.parse(data);
    for (const panel of panels) panel.postMessage(envelope(events), "*");
  });
}

({ raw, echo, chain, burst, fanout })[query.get("page")]();
query.getAll("panel").forEach((address, number) => (frames[number].src = address));
