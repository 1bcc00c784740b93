"""A plain reading of max-post-message.md, sections 2, 3 and 6: what each window gets, by a walk over windows, types and events.

Nothing here is of the product, so that the two can be held against each other.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Event = dict[str, Any]

VALID = ("all", "agent", "contact", "contacts", "sessioninfo")

Meant = int | Literal["invalid"] | None
"""What a panel means by a contact id: a contact, none, or what MAX refuses."""


class Asked(NamedTuple):
    """A standing registration: its types, its contact, and how much of the stream its acknowledgement told."""

    types: list[str]
    contact: int | None
    told: int


def session_info(token: str) -> Event:
    return {"messageType": "SessionInfo", "sessionToken": token}


def acknowledgement(reason: str, contact: int | None = None) -> Event:
    return {
        "messageType": "ClientEventSubscriptionAcknowledge",
        "contactId": contact,
        "status": "OK" if reason == "Success" else "ERROR",
        "reason": reason,
    }


def contact_of(event: Event) -> int | None:
    """Section 6: three spellings; "", "0" and what is not numeric mean none."""
    for key in ("ContactID", "ContactId", "contactId"):
        value = event.get(key)
        if isinstance(value, int | str) and not isinstance(value, bool):
            digits = str(value)
            if digits and all(digit in "0123456789" for digit in digits) and int(digits) > 0:
                return int(digits)
    return None


def adds(kind: str, event: Event, contact: int | None) -> bool:
    """The table of subscription types, "events it adds", to a registration that has this contact."""
    if event.get("messageType") == "SessionInfo":
        return kind in ("all", "sessioninfo")
    its_contact = contact_of(event)
    return {
        "all": True,
        "agent": its_contact is None,
        "contact": its_contact is not None and its_contact == contact,
        "contacts": its_contact is not None,
        "sessioninfo": False,
    }[kind]


class Reading:
    """One desk page: `panels` are its windows, each with its panel's contact, None in a workspace. `got` is what each window was
    sent, a list of events for each message; `cards` the contact cards that were set, each as contact and name."""

    def __init__(self, panels: Mapping[int, int | None], token: str | None = None) -> None:
        self.panels, self.token = panels, token
        self.state: Event | None = None
        self.contacts: dict[int, Event] = {}
        self.focus: int | None = None
        self.stream: list[Event] = []
        self.passed_on = 0
        self.asked: dict[int, Asked] = {}
        self.got: dict[int, list[list[Event]]] = defaultdict(list)
        self.cards: list[tuple[int, str]] = []

    def happens(self, event: Event) -> None:
        """MAX learns something; panels do not yet."""
        self.stream.append(event)
        contact = contact_of(event)
        if event.get("messageType") == "SessionInfo":
            self.token = event["sessionToken"]
        elif event["Type"] == "AgentSessionStart":  # all is told anew from here on
            self.state, self.contacts, self.focus = None, {}, None
        elif event["Type"] == "AgentState":
            self.state = event
        elif event["Type"].endswith("ContactEvent") and contact is not None:
            last = "Discarded" if event["Type"] == "VoiceMailContactEvent" else "Disconnected"
            if event.get("Status") == last and event.get("FinalState") in ("True", "true"):
                self.contacts.pop(contact, None)
                if contact == self.focus:
                    self.focus = list(self.contacts)[-1] if self.contacts else None
            else:
                self.contacts[contact] = event
                if self.focus is None:
                    self.focus = contact

    def passes_on(self, *, arrives: bool = True) -> None:
        """What happened since the last time is passed on as one batch; what does not arrive is passed on again later."""
        for window, asked in self.asked.items() if arrives else ():
            message = [
                event
                for place, event in enumerate(self.stream)
                if place >= self.passed_on and place >= asked.told
                if any(adds(kind, event, asked.contact) for kind in asked.types)
            ]
            if message:
                self.got[window].append(message)
        if arrives:
            self.passed_on = len(self.stream)

    def posted(self, window: int, message: Event, meant: Meant) -> None:
        """A window posts a message, whose contact id means this."""
        match message.get("messageType"):
            case "RegisterForClientEvents":
                self._registers(window, message.get("subscriptionTypes"), meant)
            case "UnregisterFromClientEvents":
                self.asked.pop(window, None)
            case "ContactCardData":
                self._sets_card(window, message["contactCardData"]["name"], meant)

    def _registers(self, window: int, types: Any, meant: Meant) -> None:
        if window in self.asked:
            return
        if meant == "invalid":
            self.got[window].append([acknowledgement("Invalid Contact Id")])
            return
        valid = [kind.lower() for kind in types if str(kind).lower() in VALID] if isinstance(types, list) else []
        if not valid:
            self.got[window].append([acknowledgement("Invalid Subscription Types")])
            return
        contact = self.panels[window] if meant is None else meant
        self.asked[window] = Asked(valid, contact, len(self.stream))
        self.got[window].append([acknowledgement("Success", contact), *self._states(valid, contact)])

    def _states(self, types: list[str], contact: int | None) -> list[Event]:
        """The table's "state sent at registration", each once, in the order of section 2."""
        if self.state is None:
            return []
        known = [] if self.token is None else [session_info(self.token)]
        known += [self.state, *self.contacts.values()]
        return [event for event in known if any(adds(kind, event, contact) for kind in types)]

    def _sets_card(self, window: int, name: str, meant: Meant) -> None:
        if meant == "invalid":
            return
        contact = self.panels[window] if meant is None else meant
        if contact is None and self.focus is not None and self.contacts[self.focus]["Type"] == "CallContactEvent":
            contact = self.focus
        if contact in self.contacts:
            self.cards.append((contact, name))
