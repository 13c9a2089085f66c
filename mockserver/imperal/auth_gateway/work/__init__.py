"""What happens for people: actions, automations, tasks, confirmations."""
