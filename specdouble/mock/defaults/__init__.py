"""What answers where no pack says anything."""
