// Asks the server for scenes while a control moves: one question under way, the latest one next.
// Over a WebSocket where there is one; else over script runs, which work everywhere.

const PATIENCE = 2000; // ms without an answer before the other way is taken
const LONGEST_WAIT = 10000; // ms between two attempts to connect

export class Stream {
  constructor({ mode, page, onMessage, onRefusal, rerun, onTransport, onSent }) {
    Object.assign(this, { mode, page, onMessage, onRefusal, rerun, onTransport, onSent });
    this.sequence = 0;
    this.underWay = null;
    this.latest = null;
    this.attempts = 0;
    this.closed = false;
    this.transport = "reruns";
    this.rerunAlone = null; // runs the part of the script that answers questions; else all of it
    if (mode !== "reruns") this.connect();
    this.onTransport(this.transport);
  }

  connect() {
    const url = new URL("live", document.baseURI);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.search = "";
    url.hash = "";
    let socket;
    try {
      socket = new WebSocket(url);
    } catch {
      return;
    }
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.attempts = 0;
      this.use("websocket");
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.socket) this.answered(data); // not one that was given up
    };
    socket.onclose = () => this.lost(socket);
    this.socket = socket;
  }

  lost(socket) {
    if (this.closed || socket !== this.socket) return;
    this.socket = null;
    this.use("reruns");
    const wait = Math.min(LONGEST_WAIT, 500 * 2 ** this.attempts++);
    this.retry = setTimeout(() => this.connect(), wait);
  }

  use(transport) {
    if (this.transport === transport) return;
    this.transport = transport;
    this.onTransport(transport);
    if (this.underWay) this.latest ??= this.underWay.address;
    this.done();
  }

  ask(address) {
    this.latest = address;
    this.pump();
  }

  get busy() {
    return this.underWay !== null || this.latest !== null;
  }

  pump() {
    if (this.underWay || !this.latest || this.closed) return;
    const address = this.latest;
    this.latest = null;
    const sequence = ++this.sequence;
    this.underWay = { sequence, address, timer: setTimeout(() => this.late(sequence), PATIENCE) };
    if (this.transport === "websocket") {
      this.onSent(`question ${sequence}`);
      this.socket.send(JSON.stringify({ seq: sequence, page: this.page, address }));
    } else if (this.rerunAlone) {
      this.onSent(`question ${sequence}`);
      this.rerunAlone(JSON.stringify({ seq: sequence, page: this.page, address }));
    } else {
      this.underWay.rerun = this.rerun();
      this.onSent(`run ${this.underWay.rerun}`);
    }
  }

  // An answer that came with a script run: the last one comes with later runs again.
  replied(data, sequence) {
    if (this.underWay && (sequence === undefined || this.underWay.sequence === sequence)) this.answered(data);
  }

  answered(data) {
    if (typeof data === "string") {
      this.onRefusal(JSON.parse(data).error);
      this.done();
      return;
    }
    const sequence = this.onMessage(data, this.underWay?.address);
    if (this.underWay?.sequence === sequence) this.done();
  }

  // A script run has answered the question with this number.
  reran(number) {
    if (this.underWay?.rerun !== undefined && number >= this.underWay.rerun) this.done();
  }

  done() {
    if (this.underWay) clearTimeout(this.underWay.timer);
    this.underWay = null;
    this.pump();
  }

  late(sequence) {
    if (this.underWay?.sequence !== sequence) return;
    this.latest ??= this.underWay.address;
    if (this.transport === "websocket") {
      this.socket.close(); // open, but silent: a proxy that swallows messages
      this.lost(this.socket);
    } else {
      this.done();
    }
  }

  close() {
    this.closed = true;
    clearTimeout(this.retry);
    if (this.underWay) clearTimeout(this.underWay.timer);
    this.socket?.close();
  }
}
