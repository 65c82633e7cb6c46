/** Every request that the console makes, by name: one table of addresses, bodies and what comes back. */

import { getJson, request, sendJson } from "../api";
import type {
  Account, ClipRow, Conversation, Credentials, DraftUpdate, InterviewPage, InterviewRow, InvitationRow,
  LoginRow, Message, NewInterview, NewInvitation, OwnerSetup, SessionPage, SessionRow,
} from "../protocol";

const at = encodeURIComponent;

export const accounts = {
  current: () => getJson<Account>("/api/account"),
  checkSetup: (token: string) => request(`/api/setup?token=${at(token)}`),
  setUp: (body: OwnerSetup) => sendJson<Account>("POST", "/api/setup", body),
  logIn: (body: Credentials) => sendJson<Account>("POST", "/api/logins", body),
  logOut: () => sendJson("DELETE", "/api/logins/current"),
  logins: () => getJson<LoginRow[]>("/api/logins"),
  endLogin: (id: string) => sendJson("DELETE", `/api/logins/${at(id)}`),
};

export const interviews = {
  list: () => getJson<InterviewRow[]>("/api/interviews"),
  create: (body: NewInterview) => sendJson<InterviewPage>("POST", "/api/interviews", body),
  page: (id: string) => getJson<InterviewPage>(`/api/interviews/${at(id)}`),
  saveDraft: (id: string, body: DraftUpdate) =>
    sendJson<InterviewPage>("PUT", `/api/interviews/${at(id)}/draft`, body),
  publish: (id: string) => sendJson<InterviewPage>("POST", `/api/interviews/${at(id)}/publish`),
};

export const invitations = {
  list: (interviewId: string) =>
    getJson<InvitationRow[]>(`/api/interviews/${at(interviewId)}/invitations`),
  create: (interviewId: string, body: NewInvitation) =>
    sendJson<InvitationRow>("POST", `/api/interviews/${at(interviewId)}/invitations`, body),
  revoke: (id: string) => sendJson<unknown>("POST", `/api/invitations/${at(id)}/revoke`),
};

export const clips = {
  list: () => getJson<ClipRow[]>("/api/clips"),
  create: (title: string) => sendJson<ClipRow>("POST", "/api/clips", { title }),
  connections: (id: string) => `/api/clips/${at(id)}/connections`,
  saveCaptions: (id: string, captions: Blob) =>
    request(`/api/clips/${at(id)}/captions`, {
      method: "PUT",
      headers: { "Content-Type": "text/vtt" },
      body: captions,
    }),
};

export const sessions = {
  list: () => getJson<SessionRow[]>("/api/sessions"),
  page: (id: string) => getJson<SessionPage>(`/api/sessions/${at(id)}`),
  watchers: (id: string) => `/api/sessions/${at(id)}/watchers`,
};

export const messages = {
  conversations: () => getJson<Conversation[]>("/api/conversations"),
  list: (sessionId: string) => getJson<Message[]>(`/api/sessions/${at(sessionId)}/messages`),
  say: (sessionId: string, text: string) =>
    sendJson<Message>("POST", `/api/sessions/${at(sessionId)}/messages`, { text }),
  read: (sessionId: string, messageId: string) =>
    sendJson<unknown>("POST", `/api/sessions/${at(sessionId)}/messages/read`, { message_id: messageId }),
};
