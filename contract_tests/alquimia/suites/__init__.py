"""Rules that only Alquimia Registry promises."""
