/* Generated from the server's classes by scripts/protocol.mjs; do not edit. */

export type ConsentVersion = "2026-11";
export type PageMessage =
  | GiveConsent
  | PassCheck
  | SkipSegment
  | StartAnswer
  | StopAnswer
  | ContinueAnswer
  | RestartAnswer
  | KeepAnswer
  | ChooseTake
  | Submit
  | EndWatching
  | Say
  | ReadMessages;
export type ServerMessage =
  Hello | StateMessage | Line | Watchers | MessageAdded | MessagesRead | Moved | Problem;
export type Stage =
  | Lobby
  | Checking
  | Playing
  | Thinking
  | CountingDown
  | Recording
  | Saving
  | Interrupted
  | Choosing
  | Reviewing
  | Submitted;
export type Step = Question | Segment;

/**
 * Who is logged in.
 */
export interface Account {
  user_id: string;
  name: string;
  email: string;
  organization_id: string;
  organization_name: string;
}
/**
 * The take that the candidate chose for a question.
 */
export interface Answer {
  step_id: string;
  take_id: string;
}
export interface AnswerChanged {
  type: "answer";
  session_id: string;
  answer: AnswerView;
}
/**
 * `url` plays as soon as `state` is `playable` (the capture) and better when `ready` (a rendition).
 */
export interface AnswerView {
  take_id: string;
  step_id: string;
  question: string;
  state: "waiting" | "playable" | "ready" | "failed";
  error: string | null;
  url: string | null;
  media_type: string | null;
  duration_seconds: number | null;
  edl: EdlView | null;
  /**
   * peaks 0 to 1, 200 of them; empty until ready
   */
  waveform: number[];
  poster_url: string | null;
  gaps: Gap[];
}
/**
 * The edit decision list of an answer: what remains of it, and what was cut.
 */
export interface EdlView {
  version: number;
  preset: string;
  detector: string;
  source_seconds: number;
  kept_seconds: number;
  keep: [number, number][];
  cuts: Cut[];
}
/**
 * A range of the recording that "skip pauses" passes over, in seconds.
 */
export interface Cut {
  start: number;
  end: number;
  kind: "lead" | "pause" | "tail" | "noise?";
}
/**
 * The line's fault, never the candidate's.
 */
export interface Gap {
  start: number;
  end: number;
  kind: "audio" | "video" | "part";
}
/**
 * Camera and microphone are being tried; nothing is recorded or watchable.
 */
export interface Checking {
  kind: "checking";
}
export interface ChooseTake {
  type: "choose_take";
  step_id: string;
  take_id: string;
}
/**
 * At least one take of the question is done: pick one, or try again.
 */
export interface Choosing {
  step_id: string;
  kind: "choosing";
}
export interface ClipChanged {
  type: "clip";
  clip: ClipRow;
}
/**
 * `preparing` until its renditions exist; `failed` tells why in `error`.
 */
export interface ClipRow {
  id: string;
  title: string;
  state: "recording" | "preparing" | "ready" | "failed";
  /**
   * 0 to 1 while preparing
   */
  progress: number;
  error: string | null;
  duration_seconds: number | null;
  /**
   * H264 + AAC MP4, once ready
   */
  url: string | null;
  poster_url: string | null;
  captions_url: string | null;
  created_at: number;
}
/**
 * A clip as a page needs it. `url`: H264 + AAC MP4 over HTTP; `captions_url`: WebVTT.
 */
export interface ClipView {
  id: string;
  title: string;
  duration_seconds: number;
  url: string;
  poster_url: string | null;
  captions_url: string | null;
}
export interface Consent {
  text_version: string;
  live_watching: boolean;
  at: number;
}
export interface ContinueAnswer {
  type: "continue_answer";
  take_id: string;
}
/**
 * One row of the console's list, newest first.
 */
export interface Conversation {
  session_id: string;
  candidate_name: string;
  interview_title: string;
  last: Message;
  /**
   * messages of the candidate that nobody in the team has seen
   */
  unread: number;
}
export interface Message {
  id: string;
  session_id: string;
  sender: "candidate" | "team";
  sender_name: string;
  text: string;
  at: number;
  /**
   * the other side has seen it
   */
  read: boolean;
}
/**
 * One side of that conversation has read everything up to this message.
 */
export interface ConversationRead {
  type: "messages_read";
  session_id: string;
  by: "candidate" | "team";
  message_id: string;
}
/**
 * 3-2-1. At `until` part `part` of the take begins.
 */
export interface CountingDown {
  step_id: string;
  take_id: string;
  part: number;
  until: number;
  kind: "counting_down";
}
export interface Credentials {
  email: string;
  password: string;
}
/**
 * PUT /api/interviews/{id}/draft: the whole draft; steps in their order.
 */
export interface DraftUpdate {
  title: string;
  position_title: string;
  draft: Script;
}
/**
 * One version: what a candidate goes through, in order.
 */
export interface Script {
  steps: (Question | Segment)[];
  live_watching: boolean;
  reply_promise: string;
}
/**
 * A step that asks for an answer. `think_seconds` and `takes`: None means unlimited.
 */
export interface Question {
  id: string;
  text: string;
  clip_id: string | null;
  think_seconds: number | null;
  answer_seconds: number;
  takes: number | null;
  kind: "question";
}
/**
 * A step that plays a recruiter's clip and asks nothing.
 */
export interface Segment {
  id: string;
  title: string;
  clip_id: string;
  chapter: "history" | "culture" | "benefits" | "office" | "team" | "role" | "next_step" | "other";
  kind: "segment";
}
/**
 * Nobody may watch live any more in this session; no reason asked, no consequence.
 */
export interface EndWatching {
  type: "end_watching";
}
export interface GiveConsent {
  type: "consent";
  text_version: string;
  locale: string;
  live_watching: boolean;
}
/**
 * First message on every socket: all that does not change while the page is open.
 */
export interface Hello {
  type: "hello";
  now: number;
  session_id: string;
  page_id: string;
  candidate_name: string;
  organization_name: string;
  sender_name: string;
  interview_title: string;
  position_title: string;
  closes_at: number | null;
  script: Script;
  clips: ClipView[];
  consent: Consent | null;
  conversation: Message[];
}
/**
 * The line (or the server) failed during a take: continue, start again, or keep.
 */
export interface Interrupted {
  step_id: string;
  take_id: string;
  kind: "interrupted";
}
/**
 * One interview: the draft that is being edited, and what of it is published.
 *
 * `warnings`: plain sentences about the draft ("more than 6 questions …").
 * `dirty`: the draft differs from the published version.
 */
export interface InterviewPage {
  id: string;
  title: string;
  position_title: string;
  draft: Script;
  published_version: number | null;
  dirty: boolean;
  /**
   * @minItems 2
   * @maxItems 2
   */
  estimate_seconds: [number, number];
  warnings: string[];
}
export interface InterviewRow {
  id: string;
  title: string;
  position_title: string;
  published_version: number | null;
  questions: number;
  segments: number;
  invited: number;
  started: number;
  submitted: number;
  created_at: number;
}
/**
 * `link` is there only in the answer that made it: the token is hashed at rest.
 */
export interface InvitationRow {
  id: string;
  interview_id: string;
  candidate_name: string;
  state: "invited" | "opened" | "started" | "submitted" | "expired" | "revoked";
  session_id: string | null;
  link: string | null;
  created_at: number;
  closes_at: number;
}
export interface KeepAnswer {
  type: "keep_answer";
  take_id: string;
}
/**
 * About twice a second while connected: what reaches the server of camera and microphone.
 */
export interface Line {
  type: "line";
  now: number;
  /**
   * level of the last 500 ms; −127 is silence
   */
  audio_dbov: number | null;
  frames_per_second: number;
  width: number | null;
  height: number | null;
  trouble: ("no_sound" | "quiet" | "no_picture") | null;
}
/**
 * The landing page: who writes, what it is, consent not yet given.
 */
export interface Lobby {
  kind: "lobby";
}
/**
 * One browser in which the user is logged in.
 */
export interface LoginRow {
  id: string;
  created_at: number;
  last_seen_at: number;
  device: string;
  current: boolean;
}
export interface MessageAdded {
  type: "message";
  message: Message;
}
/**
 * The other side has read everything up to this message.
 */
export interface MessagesRead {
  type: "messages_read";
  by: "candidate" | "team";
  message_id: string;
}
/**
 * The interview goes on in another window or on another device; this one is done.
 */
export interface Moved {
  type: "moved";
}
/**
 * POST /api/clips: a clip to be recorded in the browser.
 */
export interface NewClip {
  title: string;
}
export interface NewInterview {
  title: string;
  position_title: string;
}
export interface NewInvitation {
  candidate_name: string;
  /**
   * until the link closes
   */
  days: number;
}
export interface NewMessage {
  text: string;
}
/**
 * POST /api/invitations/open: the token of the link becomes a scoped cookie.
 */
export interface OpenInvitation {
  token: string;
}
export interface OpenedInvitation {
  session_id: string;
}
/**
 * POST /api/setup: makes the organization and its owner; the token works once.
 */
export interface OwnerSetup {
  token: string;
  organization_name: string;
  name: string;
  email: string;
  password: string;
}
export interface PassCheck {
  type: "check_passed";
}
export interface SkipSegment {
  type: "skip_segment";
  step_id: string;
}
export interface StartAnswer {
  type: "start_answer";
  step_id: string;
}
export interface StopAnswer {
  type: "stop_answer";
  take_id: string;
}
export interface RestartAnswer {
  type: "restart_answer";
  take_id: string;
}
export interface Submit {
  type: "submit";
}
export interface Say {
  type: "say";
  text: string;
}
/**
 * Everything up to this message has been seen.
 */
export interface ReadMessages {
  type: "read_messages";
  message_id: string;
}
/**
 * A segment plays; after a lost line it goes on at `from_seconds`.
 */
export interface Playing {
  step_id: string;
  from_seconds: number;
  kind: "playing";
}
/**
 * A wish that could not be met, or a message that was not understood.
 */
export interface Problem {
  type: "error";
  key: string;
  text: string;
}
/**
 * POST /api/sessions/{id}/messages/read: the team has seen everything up to this message.
 */
export interface ReadUpTo {
  message_id: string;
}
/**
 * The take runs since `since`; calm notice at `limit`, clean stop at `deadline`.
 */
export interface Recording {
  step_id: string;
  take_id: string;
  part: number;
  since: number;
  limit: number;
  deadline: number;
  kind: "recording";
}
/**
 * Every question is answered; the candidate looks it over and submits.
 */
export interface Reviewing {
  kind: "reviewing";
}
/**
 * The take was stopped; the recorder is making it safe.
 */
export interface Saving {
  step_id: string;
  take_id: string;
  kind: "saving";
}
export interface StateMessage {
  type: "state";
  now: number;
  state: State;
}
/**
 * Everything that resuming needs. `connected`: media flows between the page and us.
 */
export interface State {
  stage:
    | Lobby
    | Checking
    | Playing
    | Thinking
    | CountingDown
    | Recording
    | Saving
    | Interrupted
    | Choosing
    | Reviewing
    | Submitted;
  connected: boolean;
  takes: Take[];
  answers: Answer[];
}
/**
 * The question is on the page. `deadline` None: no hurry (or the line is down: `overdue`).
 */
export interface Thinking {
  step_id: string;
  since: number;
  deadline: number | null;
  overdue: boolean;
  kind: "thinking";
}
export interface Submitted {
  at: number;
  kind: "submitted";
}
/**
 * One attempt at a question. `parts`: seconds of each closed part; `open_part`: the running one.
 */
export interface Take {
  id: string;
  step_id: string;
  parts: number[];
  open_part: number | null;
  status: "open" | "done" | "abandoned";
}
/**
 * Who watches live at this moment, by name; empty when nobody does.
 */
export interface Watchers {
  type: "watchers";
  names: string[];
}
export interface SessionChanged {
  type: "session";
  session: SessionRow;
}
/**
 * `stage`: the kind of the director's stage; `watchable`: a take runs and the candidate agreed.
 */
export interface SessionRow {
  id: string;
  interview_id: string;
  interview_title: string;
  candidate_name: string;
  progress: "invited" | "in_progress" | "submitted";
  stage: string;
  step_id: string | null;
  step_text: string | null;
  connected: boolean;
  watchable: boolean;
  answered: number;
  questions: number;
  unread: number;
  updated_at: number;
}
export interface SessionPage {
  session: SessionRow;
  answers: AnswerView[];
}
