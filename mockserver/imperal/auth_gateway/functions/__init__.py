"""What apps and automations do when they are called: functions, programs, and how their outcome is told."""
