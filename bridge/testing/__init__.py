"""What tests that drive a panel need. It uses only what any user of deskbridge could."""
