// Runs before a parent page's own scripts: marks in the browser's trace each socket message with a call event, before the page hears of it.

window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({ data }) => data.includes('"CallContactEvent"') && performance.mark("arrived"));
  }
};
