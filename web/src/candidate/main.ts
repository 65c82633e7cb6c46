/** The candidate's page: the token of the link becomes a session, and the rest is rendered state. */
import { mount } from "svelte";
import "../ui/base.css";
import App from "./App.svelte";
import { ServerClock } from "./clock";
import { CandidateMedia } from "./media";
import { CandidateSession } from "./session";

declare global {
  interface Window {
    /** For tests and for people who ask what goes wrong: the peer connection and its statistics. */
    interlude: { readonly connection: RTCPeerConnection | null };
  }
}

const token = location.pathname.split("/").pop() ?? "";
const clock = new ServerClock();
const session = new CandidateSession(token, clock);
const media = new CandidateMedia(() => session.connectionsPath());

window.interlude = {
  get connection() {
    return media.uplink.peer?.connection ?? null;
  },
};
addEventListener("pagehide", () => void media.close());
addEventListener("pageshow", (event) => event.persisted && location.reload());

mount(App, { target: document.getElementById("page")!, props: { session, media, clock } });
void session.open();
