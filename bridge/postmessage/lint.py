"""What a panel does wrong, in words that its developer can act on. MAX itself says nothing of it."""

import msgspec

from bridge.postmessage.messages import CALL_COMMANDS

KNOWN = ("RegisterForClientEvents", "UnregisterFromClientEvents", "ContactCardData", *sorted(CALL_COMMANDS))
_BY_LOWER_CASE = {name.lower(): name for name in KNOWN}


def misspelt(text: msgspec.Raw) -> str | None:
    """Of a message that MAX ignores, as JSON text: which one it seems to be, in a sentence. None for what was meant for somebody
    else, as the messages are that browser extensions and development servers post."""
    import difflib  # first needed when a panel errs, and not when the server starts

    try:
        data = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    for key, value in data.items() if isinstance(data, dict) else ():
        if not isinstance(value, str) or key.lower() != "messagetype":
            continue
        for near in difflib.get_close_matches(value[:100].lower(), _BY_LOWER_CASE, n=1, cutoff=0.8):
            known = _BY_LOWER_CASE[near]
            if value == known:
                return f"MAX ignores {known} under the key {key!r}: keys are case sensitive, this one is spelt messageType."
            return f"MAX ignores the messageType {value[:100]!r} without a word: it is spelt {known}."
    return None
