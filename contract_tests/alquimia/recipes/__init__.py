"""Recipes of Alquimia Registry."""
