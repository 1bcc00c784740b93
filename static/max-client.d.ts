/**
 * Types of max-client.js: a panel's side of the post-message protocol of NICE CXone MAX and CXone Agent.
 *
 * Field names and values are the platform's own. Every value is a string, flags too ("True", "False"), and "" where
 * there is none; events may carry more fields than those named here.
 */

/** `"all"`: everything. `"agent"`: what has no contact id. `"contact"`: the panel's contact, or that of `contactId`.
 * `"contacts"`: what has a contact id. `"sessioninfo"`: the agent's session token. CXone Agent adds `"agentassist"`. */
export type SubscriptionType = "all" | "agent" | "contact" | "contacts" | "sessioninfo" | "agentassist";

export interface ConnectOptions {
  /** What to receive; the types add up. */
  subscriptionTypes: SubscriptionType[];
  /** The contact to receive; a contact panel of MAX has its own without asking. Ids above 2^53 only as strings. */
  contactId?: string | number | null;
  /** The sender's name in MAX's log. Default: the page's host and path. */
  issuer?: string;
  /** Milliseconds between attempts to register. Default 1000. */
  retryEvery?: number;
  /** Milliseconds until an unanswered registration fails. Default null: never. */
  giveUpAfter?: number | null;
  /** Ends the attempts, or the connection as `close()` does. */
  signal?: AbortSignal | null;
}

/**
 * Registers this page with the window that embeds or opened it.
 *
 * Resolves when that window has acknowledged, `contacts` and `agentState` filled. The states sent with the
 * acknowledgement reach the handlers attached right after `await connect(...)`.
 *
 * Rejects with a MaxError of reason `"no-parent"` (the page is not embedded), `"no-acknowledgement"` (`giveUpAfter`
 * is over), or MAX's own: `"Invalid Contact Id"`, `"Invalid Subscription Types"`, on CXone Agent with a full stop.
 * An aborted `signal` rejects with its own reason.
 */
export function connect(options: ConnectOptions): Promise<Max>;

/** The contact id of an event, under any of its three keys, as a string; null if it has none. */
export function contactIdOf(event: WireEvent): string | null;

export class MaxError extends Error {
  constructor(reason: string, message: string);
  readonly reason: string;
}

/** A registration. It unregisters when the page goes, and registers again should the page stay or come back. */
export class Max {
  private constructor();

  /** The contact that MAX found or was given for this page, else null. */
  readonly contactId: string | null;
  /** Each contact's events merged into one object, by contact id, oldest first. A contact leaves when it is over for
   * good: Disconnected with FinalState "True", after any after-call work; a voicemail when Discarded. */
  readonly contacts: ReadonlyMap<string, Contact>;
  /** The latest AgentState, if that was subscribed to. */
  readonly agentState: AgentState | null;
  /** The token for the agent session API, if that was subscribed to. */
  readonly sessionToken: string | null;

  /**
   * Calls the handler with each event of a type; `"*"` stands for every type.
   * `"contacts"` follows the events of a message that changed them; `"error"` tells of a renewed registration that
   * failed, after which nothing more comes.
   *
   * @returns a function that takes the handler off
   */
  on<T extends keyof MaxEvents>(type: T, handler: (payload: MaxEvents[T]) => void): () => void;
  on(type: string, handler: (event: WireEvent) => void): () => void;

  // Commands act on the contact in focus, answer nothing, and do nothing where MAX is not in a state for them.
  // MAX takes them from a page whose registration is closed, too.

  /** Accepts the incoming call. */
  answer(): void;
  /** Rejects the incoming call. */
  refuse(): void;
  /** Holds the call, or resumes a held one. */
  hold(): void;
  /** Mutes the agent, or unmutes. */
  mute(): void;
  /** Pauses the recording for sensitive data, or ends the pause. */
  mask(): void;
  /** Starts a recording, which nothing stops. */
  record(): void;
  /** Hangs up at once, unconfirmed. */
  hangup(): void;

  /** Puts a name and a picture on the contact card. Without an id: this panel's contact, else the call in focus. */
  setContactCard(card: ContactCard): void;

  /** Unregisters and takes all handlers off. Again: nothing. */
  close(): void;
}

export interface ContactCard {
  name: string;
  /** The picture's address; `data:` does. */
  userImg?: string;
  contactId?: string | number | null;
}

/** Any object among a message's events. Those of the platform have `Type`, MAX's own have `messageType`. */
export interface WireEvent {
  Type?: string;
  messageType?: string;
  [field: string]: unknown;
}

export interface SessionInfo extends WireEvent {
  messageType: "SessionInfo";
  sessionToken: string;
}

export interface AgentState extends WireEvent {
  Type: "AgentState";
  /** Available, Unavailable, InboundContact, OutboundContact, InboundConsult, OutboundConsult, Dialer, DialerPending,
   * LoggedIn, LoggedOut. After-call work is Unavailable with IsAcw "True". */
  CurrentState: string;
  CurrentOutReason?: string;
  StartTimeUTC?: string;
  IsAcw?: string;
  /** Seconds. */
  AcwTimeout?: string;
  NextStates?: { State: string; OutReason: string }[];
  NextIsAcw?: string;
}

/** What an agent holds: the merged events of one contact. */
export type Contact =
  | CallContactEvent
  | ChatContactEvent
  | TextContactEvent
  | WorkItemContactEvent
  | DigitalContactEvent
  | EmailContactEvent
  | VoiceMailContactEvent;

interface ContactFields extends WireEvent {
  Status: string;
  /** On Disconnected: "False" while after-call work runs, "True" at the end. */
  FinalState?: string;
  StartTime?: string;
  StartTimeUTC?: string;
  LastStateChangeTime?: string;
  LastStateChangeTimeUTC?: string;
  ScreenPopUrl?: string;
  ParentContactId?: string;
  OmniGroupId?: string;
  CustomData?: string;
}

export interface CallContactEvent extends ContactFields {
  Type: "CallContactEvent";
  ContactID: string;
  /** Incoming, Ringing, Dialing, Active, Holding, Masking, Joined, Disconnected, CallBackDisconnected, Preview,
   * NaturalCallDialing, NaturalCallRinging, NaturalCallAMD. */
  Status: string;
  /** Regular, AgentLeg, ReskillProxy, Consult, PersonalQueue, Dialer, TakeOver, NaturalCalling, Conference. */
  CallType?: string;
  MasterID?: string;
  OriginalState?: string;
  ANI?: string;
  DNIS?: string;
  /** The skill's number. */
  Skill?: string;
  IsInbound?: string;
  /** One object of one key each. */
  ScreenPopUrlVariables?: Record<string, string>[];
  DisconnectCode?: string;
  IsLogging?: string;
  Timeout?: string;
  AllowDispositions?: string;
  Label?: string;
  IsLinked?: string;
  OtherInformation?: string;
  DeliveryType?: string;
  ConfirmationRequired?: string;
  ExternalId?: string;
  InteractionId?: string;
  CustomerCardUrl?: string;
  IsRequireManualAccept?: string;
}

interface ChatFields extends ContactFields {
  ContactID: string;
  RoomId?: string;
  Skill?: string;
  RefusalTimeout?: string;
  IsActive?: string;
  InFocus?: string;
  MasterID?: string;
  PointOfContactAddress?: string;
  FromAddress?: string;
  CustomerCardUrl?: string;
}

export interface ChatContactEvent extends ChatFields {
  Type: "ChatContactEvent";
}

export interface TextContactEvent extends ChatFields {
  Type: "TextContactEvent";
}

export interface WorkItemContactEvent extends ContactFields {
  Type: "WorkItemContactEvent";
  ContactID: string;
  SkillId?: string;
  WorkItemId?: string;
  WorkItemType?: string;
  WorkItemPayload?: string;
  RefusalTimeout?: string;
  InFocus?: string;
  ScreenPopUrlVariables?: Record<string, string>[];
  Url?: string;
  TabTitle?: string;
}

export interface DigitalContactEvent extends ContactFields {
  Type: "DigitalContactEvent";
  ContactID: string;
  /** The case's id. */
  DFOContactId?: string;
  ChannelType?: string;
  CustomerName?: string;
  SkillName?: string;
  RefusalTimeout?: string;
}

export interface EmailContactEvent extends ContactFields {
  Type: "EmailContactEvent";
  ContactId: string;
  Skill?: string;
}

export interface VoiceMailContactEvent extends ContactFields {
  Type: "VoiceMailContactEvent";
  ContactId: string;
  MasterID?: string;
  From?: string;
  To?: string;
  Skill?: string;
  FileName?: string;
  FileDuration?: string;
  CreatedDate?: string;
  IsInbound?: string;
  Label?: string;
  VoiceMailType?: string;
  RequireDisposition?: string;
}

export interface AgentLeg extends WireEvent {
  Type: "AgentLeg";
  AgentLegId: string;
  /** Dialing, Active, Disconnected. */
  Status: string;
  FinalState?: string;
}

export interface AgentSessionStart extends WireEvent {
  Type: "AgentSessionStart";
  AgentId?: string;
  StationId?: string;
  StationPhoneNumber?: string;
  /** The platform's id, not the token of the agent session API. */
  SessionId?: string;
  BusNo?: string;
  CanMask?: string;
  CanRecord?: string;
}

export interface Mute extends WireEvent {
  Type: "Mute";
  AgentMuted: string;
}

/** The payloads of `on`. Types not listed come as WireEvent. */
export interface MaxEvents {
  "*": WireEvent;
  contacts: ReadonlyMap<string, Contact>;
  error: MaxError;
  SessionInfo: SessionInfo;
  AgentState: AgentState;
  AgentLeg: AgentLeg;
  AgentSessionStart: AgentSessionStart;
  Mute: Mute;
  CallContactEvent: CallContactEvent;
  ChatContactEvent: ChatContactEvent;
  TextContactEvent: TextContactEvent;
  WorkItemContactEvent: WorkItemContactEvent;
  DigitalContactEvent: DigitalContactEvent;
  EmailContactEvent: EmailContactEvent;
  VoiceMailContactEvent: VoiceMailContactEvent;
}
