"""Rules that only ToolHive promises."""
