"""The media that contacts come in: which wire events tell of them, and what an agent may do with them, status by status.

Statuses and events: cxone-agent-session.md, section 2; verbs: its section 1, and section 3 for calls. A work item has no status
for being held, and of a digital contact's only the one in which it comes is known: neither is held. What is Disconnected (a
voicemail: Discarded) and still there was left so by a raw event; `end` lets it go.
"""

from collections.abc import Mapping

import msgspec


def _table(rows: str) -> Mapping[str, frozenset[str]]:
    return {status: frozenset(verbs) for status, *verbs in map(str.split, rows.strip().splitlines())}


class Medium(msgspec.Struct, frozen=True):
    """`name` is that of the control API, `noun` is for people, `types` are the wire events that tell of such contacts. `verbs`
    says which verbs a status allows, `also_by_api` what the REST API and the control API may do beyond that; any other status
    allows none."""

    name: str
    noun: str
    types: tuple[str, ...]
    verbs: Mapping[str, frozenset[str]]
    also_by_api: Mapping[str, frozenset[str]] = {}
    last_status: str = "Disconnected"
    """The status in which a contact ends, once FinalState is true as well."""
    has_messages: bool = False
    """Whether agent and customer write to each other."""

    def allowed(self, status: str, by: str = "api") -> frozenset[str]:
        """The verbs of a status; `by` is "desk" or "api"."""
        verbs = self.verbs.get(status, frozenset())
        return verbs | self.also_by_api.get(status, frozenset()) if by == "api" else verbs

    def has(self, verb: str) -> bool:
        """Whether there is a status that allows the verb."""
        return any(verb in verbs for verbs in self.verbs.values())

    @property
    def a(self) -> str:
        """The noun with its article."""
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"


CALL = Medium(
    "call",
    "call",
    ("CallContactEvent",),
    _table(
        """
        Incoming  answer refuse
        Dialing                                                            hangup
        Active                  hold        mute unmute mask        record hangup
        Holding                      resume mute unmute
        Masking                             mute unmute      unmask record
        Joined                              mute unmute mask        record hangup
        """
    ),
    also_by_api={"Holding": frozenset({"hangup"}), "Masking": frozenset({"hangup"})},
)
CHAT = Medium(
    "chat",
    "chat",
    ("ChatContactEvent", "TextContactEvent"),
    _table(
        """
        Incoming     answer refuse
        Inviting     answer refuse
        Active                     hold        end
        Holding                         resume end
        Interrupted                            end
        Disconnected                           end
        """
    ),
    has_messages=True,
)
DIGITAL = Medium(
    "digital",
    "digital contact",
    ("DigitalContactEvent",),
    _table(
        """
        Incoming     answer refuse
        Active                     end
        Disconnected               end
        """
    ),
    has_messages=True,
)
WORK_ITEM = Medium(
    "workitem",
    "work item",
    ("WorkItemContactEvent",),
    _table(
        """
        Incoming     answer refuse
        Active                     end
        Interrupted                end
        Disconnected               end
        """
    ),
)
VOICEMAIL = Medium(
    "voicemail",
    "voicemail",
    ("VoiceMailContactEvent",),
    _table(
        """
        Incoming  answer refuse
        Active                  hold        play pause end
        Holding                      resume            end
        Discarded                                      end
        """
    ),
    last_status="Discarded",
)
EMAIL = Medium(
    "email",
    "email",
    ("EmailContactEvent",),
    _table(
        """
        Incoming     answer refuse
        Active                     hold        end
        Holding                         resume end
        Disconnected                           end
        """
    ),
)
MEDIA = (CALL, CHAT, DIGITAL, WORK_ITEM, VOICEMAIL, EMAIL)

OTHER = Medium("other", "contact", (), {})
"""What contacts are that come by an event that nobody knows: they are shown, and no more."""

_BY_TYPE = {event_type: medium for medium in MEDIA for event_type in medium.types}


def medium_of(event_type: str) -> Medium:
    """The medium of the contacts that events of this type tell of."""
    return _BY_TYPE.get(event_type, OTHER)


def nouns(media: list[Medium]) -> str:
    """`calls, chats and emails`."""
    *all_but_last, last = [f"{medium.noun}s" for medium in media]
    return f"{', '.join(all_but_last)} and {last}" if all_but_last else last
