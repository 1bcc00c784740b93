"""The contact-centre platform: what an agent's desk takes its contacts from."""
