"""Actions, automations, tasks, confirmations and event streams."""
