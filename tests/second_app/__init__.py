"""A second app that faults are planted in: a shop, with sessions in cookies, a key for administrators, and envelopes."""
