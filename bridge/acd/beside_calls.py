"""What a decision writes of contacts that come beside calls: chats, digital contacts, work items, voicemails, emails.

An agent has several of them at once, and calls as well: the session is one for several media (EnabledForMCH, and a threshold
for each in MchAgentSettingsChangeEvent), and of the states that the reference knows (cxone-agent-session.md, section 2) those on
contact are a call's. So they leave the agent's state as it is, Available for more, and have no after-call work. But who refuses
one, or does not answer it in time, is Unavailable as after a call, for else the next one would come to the same empty chair.
"""

from collections.abc import Callable

import msgspec

from bridge.acd import batches
from bridge.acd.agent_state import Agent, Contact
from bridge.acd.commands import Offer, OfferChat, OfferDigital, OfferEmail, OfferVoicemail, OfferWorkItem, Written
from bridge.acd.events import Event, event
from bridge.acd.skills import Skill
from bridge.clock import iso
from bridge.journal.base import Draft
from bridge.journal.decider import Ids


def offer(agent: Agent, new: Offer, skill: Skill, now: int, ids: Ids) -> list[Draft]:
    """A contact comes in and waits to be answered, or is answered by itself. What its event has no field for is known to the desk
    alone."""
    contact_id, new = str(new.contact_id or ids.number()), named(new, ids.number)
    details = {}
    if isinstance(new, OfferEmail):
        details = {"subject": new.subject, "from": new.sender, "to": new.recipient}
    drafts = [
        batches.announcement(contact_id, new, skill, {name: value for name, value in details.items() if value}),
        batches.wire(_first(agent, new, skill, contact_id, iso(now))),
    ]
    if isinstance(new, OfferChat | OfferDigital):
        drafts += [_written(contact_id, one) for one in new.transcript]
        if new.text:
            drafts.append(message(contact_id, "customer", new.text))
    return drafts


def named(new: Offer, new_id: Callable[[], int]) -> Offer:
    """The same, with an id of its room, case or item: the contact keeps it wherever it goes."""
    match new:
        case OfferChat(room_id=""):
            return msgspec.structs.replace(new, room_id=str(new_id()))
        case OfferDigital(case_id=""):
            return msgspec.structs.replace(new, case_id=str(new_id()))
        case OfferWorkItem(item_id=""):
            return msgspec.structs.replace(new, item_id=str(new_id()))
    return new


def _first(agent: Agent, new: Offer, skill: Skill, contact_id: str, time: str) -> Event:
    status, refusal = ("Incoming", str(skill.refusal)) if batches.by_hand(new, skill) else ("Active", "")
    match new:
        case OfferChat():
            return event(
                "ChatContactEvent",
                ContactID=contact_id,
                RoomId=new.room_id,
                Status=status,
                Skill=new.skill_id,
                StartTime=time,
                LastStateChangeTime=time,
                RefusalTimeout=refusal,
                MasterID=contact_id,
                CustomData=new.custom_data,
                PointOfContactAddress=new.recipient,
                FromAddress=new.sender,
            )
        case OfferDigital():
            return event(
                "DigitalContactEvent",
                ContactID=contact_id,
                DFOContactId=new.case_id,
                ChannelType=new.channel,
                CustomerName=new.customer or "",
                SkillName=new.skill_name or skill.name,
                RefusalTimeout=refusal,
                Status=status,
                StartTime=time,
                StartTimeUTC=time,
            )
        case OfferWorkItem():
            return event(
                "WorkItemContactEvent",
                ContactID=contact_id,
                MasterId=contact_id,
                Status=status,
                AgentId=agent.agent_id,
                SkillId=new.skill_id,
                WorkItemId=new.item_id,
                WorkItemType=new.item_type,
                WorkItemPayload=new.payload,
                RefusalTimeout=refusal,
                StartTime=time,
                StartTimeUTC=time,
                LastStateChangeTime=time,
                LastStateChangeTimeUTC=time,
                ScreenPopUrlVariables=[{name: value} for name, value in new.variables],
                CustomData=new.custom_data,
            )
        case OfferVoicemail():
            return event(
                "VoiceMailContactEvent",
                ContactId=contact_id,
                MasterID=contact_id,
                Status=status,
                From=new.sender,
                To=new.recipient,
                Skill=new.skill_id,
                FileName=new.file,
                FileDuration="" if new.duration is None else str(new.duration),
                CreatedDate=time,
                StartTime=time,
                LastStateChangeTime=time,
                CustomData=new.custom_data,
            )
        case OfferEmail():
            return event("EmailContactEvent", ContactId=contact_id, Skill=new.skill_id, Status=status)
    raise TypeError(f"nothing is known of a contact that comes by {type(new).__name__}")


def status(contact: Contact, new: str, now: int) -> list[Draft]:
    """The contact's status changes. A voicemail that is put aside stops playing."""
    stopped = pause(contact, now) if new == "Holding" and contact.plays else []
    return [*stopped, batches.wire(batches.changed(contact, now, Status=new))]


def end(contact: Contact, now: int) -> list[Draft]:
    return [batches.last(contact, now)]


def refuse(agent: Agent, contact: Contact, now: int) -> list[Draft]:
    """The contact goes, and with it the agent's availability; on a call, in after-call work, or away, the agent's state stays."""
    then = batches.to_state(agent, batches.REFUSED, now) if agent.current_state == "Available" else []
    return [*end(contact, now), *then]


def play(contact: Contact, now: int, position: int | None) -> list[Draft]:
    """Play from a second on; from None where it stands, or from the start once it was heard to its end."""
    duration, stands = contact.duration, contact.position(now)
    if position is None:
        position = 0 if duration is not None and stands >= duration else stands
    return [_playback(contact, paused=False, position=position if duration is None else min(position, duration))]


def pause(contact: Contact, now: int) -> list[Draft]:
    return [_playback(contact, paused=True, position=contact.position(now))]


def playback(contact: Contact, now: int) -> Draft:
    """How the voicemail stands now."""
    return _playback(contact, paused=not contact.plays, position=contact.position(now))


def _playback(contact: Contact, *, paused: bool, position: int) -> Draft:
    return batches.wire(
        event(
            "VoiceMailPlayBackEvent",
            ContactId=str(contact.id),
            PlayBackPaused=str(paused),
            PlayBackPosition=str(position),
        )
    )


def message(contact_id: int | str, sender: str, text: str) -> Draft:
    """What the agent or the customer writes. Its time is the record's. How the platform's own event for it looks is not known
    (cxone-agent-session.md, section 2), so nothing of it is on the wire."""
    return Draft.of("transcript", {"contactId": str(contact_id), "from": sender, "text": text})


def _written(contact_id: str, one: Written) -> Draft:
    """A message that was written before the contact came to this agent."""
    about = {"contactId": contact_id, "from": one.sender, "text": one.text, "at": one.at}
    return Draft.of("transcript", {**about, "agentId": one.agent_id} if one.agent_id else about)


def typing(contact_id: int, sender: str, is_typing: bool) -> Draft:
    return Draft.of("typing", {"contactId": str(contact_id), "from": sender, "isTyping": is_typing})
