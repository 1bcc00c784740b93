// The panel of every benchmark, the same page under the product's desk and under a floor. It takes tasks from the collector, one at a
// time, and reports to it. It treats messages as real panels do (max-post-message.md, section 4).

const desk = window.opener || window.parent;
const name = location.search.slice(1);
const collector = new WebSocket(`ws://${location.host}/report/${name}`);

/** @type {(events: any[]) => void} */
let handle = () => {};

addEventListener("message", ({ data }) => {
  if (data.events && data.issuer === "MAX") handle(data.events);
});

const unregister = () => desk.postMessage({ issuer: "benchmark", messageType: "UnregisterFromClientEvents" }, "*");
const register = (subscriptionTypes) =>
  desk.postMessage({ issuer: "benchmark", messageType: "RegisterForClientEvents", subscriptionTypes }, "*");

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Register, again and again until the desk is there to answer; ends when the last answer is in. */
async function subscribe({ types }) {
  let answered = false;
  handle = () => (answered = true);
  while (!answered) {
    unregister();
    register(types);
    await pause(250);
  }
  while (answered) {
    answered = false;
    await pause(500);
  }
  return null;
}

/**
 * Register and unregister back to back; gives the mean time from posting Register to its acknowledgement for each batch, in us.
 *
 * A framed page is not cross-origin isolated unless its parent is, so performance.now() ticks at 100 us. Chromium rounds each reading
 * up or down at random in proportion, which leaves a mean unbiased: over `size` registrations the tick is worth 60 us / sqrt(size).
 */
function registrations({ types, batches, size }) {
  return new Promise((resolve) => {
    const means = [];
    let left = size;
    let sum = 0;
    let posted = 0;
    const next = () => {
      unregister();
      posted = performance.now();
      register(types);
    };
    handle = () => {
      sum += performance.now() - posted;
      left -= 1;
      if (left === 0) {
        means.push((sum * 1000) / size);
        left = size;
        sum = 0;
      }
      if (means.length === batches) resolve(means);
      else next();
    };
    next();
  });
}

/** From now on report each time that another `every` call events have been handled. */
function follow({ every }) {
  const contacts = new Map();
  let seen = 0;
  handle = (events) => {
    for (const event of events) {
      if (event.Type !== "CallContactEvent") continue;
      contacts.set(event.ContactID, event);
      seen += 1;
      if (seen % every === 0) collector.send("");
    }
  };
  return null;
}

/** From now on mark each call event in the browser's trace, under this panel's name; report as `follow` does. */
function mark({ every }) {
  let seen = 0;
  handle = (events) => {
    for (const { Type } of events) {
      if (Type !== "CallContactEvent") continue;
      performance.mark(name);
      seen += 1;
      if (seen % every === 0) collector.send("");
    }
  };
  return null;
}

const tasks = { subscribe, registrations, follow, mark };

collector.addEventListener("message", async ({ data }) => {
  const { task, ...given } = JSON.parse(data);
  collector.send(JSON.stringify(await tasks[task](given)));
});
