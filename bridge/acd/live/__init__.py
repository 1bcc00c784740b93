"""A real CXone tenant behind the agent's stream (cxone-agent-session.md, section 1).

`calls.py` says what call a command becomes, `answers.py` what an answer means, `decider.py` what is recorded of both: these are
rules alone. `tenant.py` speaks HTTP. `platform.py` is the `Platform`: it keeps a poll open, and sees to it that no call is made
twice.
"""
